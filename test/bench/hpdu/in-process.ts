/** What the collection does with an answer of a PDU, once it is there: in this process, without a network. */
import { equal } from 'node:assert/strict';
import { systemClock, systemTimers } from '../../../nodes/adapter/runtime-clock.js';
import {
	type PduAnswer,
	PduClient,
	PduHosts,
	parseRenderOptions,
	read,
	render,
	type Transport,
} from '../../../nodes/protocol/hpdu/index.js';
import { formatForm } from '../../devices/hpdu/form.js';
import { HpduDevice } from '../../devices/hpdu/index.js';
import { median } from '../statistics.js';
import { LOGIN } from './login.js';

const PNG_WIDTH = 512;

/** A PDU of 54 outlets, the largest answers there are. */
const DEVICE = new HpduDevice({ outlets: 54 });

function form(text: string | Buffer): PduAnswer {
	return { status: 200, mediaType: 'application/x-www-form-urlencoded', body: Buffer.from(text) };
}

/** Every register of the table with all its channels, those included that no user may read. */
function everyRegister(): Buffer {
	const { self } = DEVICE;
	const pairs = [...self.bank.registers.values()].flatMap((register) =>
		Array.from({ length: self.shown(register) }, (_, n): [string, string] => {
			const key = register.repeats === 1 ? register.mnemonic : `${register.mnemonic}_${n + 1}`;
			return [key, self.read(register, n + 1)];
		}),
	);
	return formatForm(pairs);
}

/** A client whose PDU has answered before it was asked. */
function answeredClient(answer: PduAnswer): PduClient {
	const transport: Transport = {
		send: async ({ path }) => (path === '/userid' ? form('userid=0&time=1') : answer),
		close: async () => undefined,
	};
	const hosts = new PduHosts({ clock: systemClock, timers: systemTimers }, () => transport);
	const settings = { ...LOGIN, label: 'PDU', timeout: 5000, minInterval: 0 };
	return new PduClient(settings, () => hosts.join({ host: 'pdu', port: 80 }), systemClock);
}

/** Milliseconds: the median of how long something takes. */
async function time(times: number, act: () => unknown): Promise<number> {
	const taken: number[] = [];
	for (let index = 0; index < times; index++) {
		const began = performance.now();
		await act();
		taken.push(performance.now() - began);
	}
	return median(taken);
}

/** A thing that takes time, how large it is, and how long it takes. */
export interface InProcess {
	readonly note: string;
	/** @returns milliseconds, the median */
	time(times: number): Promise<number>;
}

/** From the bytes of the answer to `GET /group/all` to what a message holds. */
export async function decodingGroup(): Promise<InProcess> {
	const body = everyRegister();
	const client = answeredClient(form(body));
	const wish = { read: 'group', group: 'all', registers: '', unit: '', format: 'values' } as const;
	const values = (await read(client, wish)).payload as object;
	const pairs = body.toString('latin1').split('&').length;
	return {
		note: `${body.length} bytes, ${pairs} values of ${DEVICE.self.bank.registers.size} registers, of which the message gets ${Object.keys(values).length}; secrets it does not get`,
		time: (times) => time(times, () => read(client, wish)),
	};
}

/** From the 1024 bytes of a page of the display to a PNG. */
export function renderingDisplay(): InProcess {
	const bytes = DEVICE.display.framebuffer();
	const options = parseRenderOptions({ format: 'png', scale: 4 });
	const png = render(bytes, options) as Buffer;
	equal(png.readUInt32BE(16), PNG_WIDTH);
	return {
		note: `a PNG of ${PNG_WIDTH} x ${PNG_WIDTH / 2} pixels and ${png.length} bytes`,
		time: (times) => time(times, () => render(bytes, options)),
	};
}
