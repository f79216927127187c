import type { HpduDevice } from './device.js';
import { textOf } from './form.js';
import type { Unit } from './unit.js';

/** What happens when a register is written to; `value` is what the register made of it. */
export type Action = (device: HpduDevice, unit: Unit, channel: number, value: string) => void;

const ifSet =
	(act: (device: HpduDevice, unit: Unit, channel: number) => void): Action =>
	(device, unit, channel, value) => {
		if (Number(value) > 0) {
			act(device, unit, channel);
		}
	};

/** Registers that do something instead of holding a value. */
export const ACTIONS: Readonly<Record<string, Action>> = {
	rsboot: ifSet((device, unit) => device.rebootSoon(unit)),
	rsalrt: ifSet((_, unit) => unit.alerts.reset()),
	rspval: ifSet((_, unit) => {
		unit.meter.resetPeaks();
		unit.climate.resetPeaks();
	}),
	rsimks: ifSet((_, unit) => unit.meter.resetSubtotals()),
	rsipks: ifSet((_, unit, channel) =>
		unit.meter.resetSubtotals((n) => (n - 1) % unit.number('cfnrph') === channel - 1),
	),
	rsomks: ifSet((_, unit, channel) => unit.meter.resetSubtotals((n) => n === channel)),
	swocst: (_, unit, channel, value) => unit.outlets.switch(channel, value === '1'),
	sworeb: ifSet((_, unit, channel) => unit.outlets.cycle(channel)),
	swounl: ifSet((_, unit, channel) => unit.outlets.unlock(channel)),
	hocmrn: (device, _, __, first) => device.renumber(Number(first), () => true),
	hocmrz: (device, _, __, first) => device.renumber(Number(first), ({ address }) => address === 0),
	hocmra: ifSet((device) => {
		for (const unit of device.units) {
			unit.alerts.reset();
		}
	}),
	usname: (device, _, channel, name) => device.users.change(channel, { name: textOf(name) }),
	uspaswd: (device, _, channel, password) => device.users.change(channel, { password: textOf(password) }),
};
