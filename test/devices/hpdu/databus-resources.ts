import { type Call, type Handler, numberField } from './call.js';
import type { Pairs } from './form.js';
import { Refusal } from './refusal.js';
import { atLeast } from './users.js';

const LARGEST_ADDRESS = 65535;

export const postScan: Handler = ({ device }) => {
	const found = device.units.filter(({ isThere }) => isThere);
	return {
		takes: device.options.scanTime ?? 0,
		pairs: [
			...found.flatMap(
				({ address, hardwareId }, n): Pairs => [
					[`scan_addr_${n + 1}`, String(address)],
					[`scan_hwid_${n + 1}`, hardwareId],
				],
			),
			['scan_total', String(found.length)],
		],
	};
};

function findUnit({ device, args }: Call) {
	const [id = ''] = args;
	if (!/^\d{1,5}-\d{1,5}-\d{1,5}$/.test(id)) {
		throw new Refusal(400);
	}
	const unit = device.units.find(({ hardwareId, isThere }) => isThere && hardwareId === id);
	if (!unit) {
		throw new Refusal(404);
	}
	return unit;
}

export const postAddress: Handler = (call) => {
	if (!atLeast(call.user.role, 'admin')) {
		throw new Refusal(403);
	}
	const unit = findUnit(call);
	unit.assign(numberField(call.form, 'idaddr', 1, LARGEST_ADDRESS));
	return { status: call.device.options.addressBug === false ? 200 : 422 };
};
