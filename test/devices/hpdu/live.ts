import { formatFixed } from './cells.js';
import { bytesOf } from './form.js';
import { type Measured, watts } from './meter.js';
import type { Unit } from './unit.js';

/** Reads a channel, counted from 1. */
export type Reader = (unit: Unit, channel: number) => string;

/** Counters of energy have 24 bits. */
const COUNTER_WRAP = 2 ** 24;

type Pick = (one: Measured) => string;

const fixed =
	(pick: (one: Measured) => number): Pick =>
	(one) =>
		formatFixed(pick(one));

const wholeKwh =
	(pick: (one: Measured) => number): Pick =>
	(one) =>
		String(Math.floor(pick(one) / 1000) % COUNTER_WRAP);

/** What is left of whole kilowatt-hours, in millionths of a watt-hour. */
const rest = (wattHours: number) => String(Math.floor((wattHours % 1000) * 1e6));

const PICKS = {
	kwht: wholeKwh(({ wattHours }) => wattHours),
	kwhs: wholeKwh(({ subtotalWattHours }) => subtotalWattHours),
	pfac: fixed(({ powerFactor }) => powerFactor),
	crac: fixed(({ amps }) => amps),
	crpk: fixed(({ peakAmps }) => peakAmps),
	voac: fixed(({ volts }) => volts),
	vodp: fixed(({ dipVolts }) => dipVolts),
	watt: fixed((one) => watts(one) / 1000),
	vamp: fixed(({ volts, amps }) => (volts * amps) / 1000),
} satisfies Record<string, Pick>;

function measured(of: 'inputs' | 'outlets', pick: Pick): Reader {
	return ({ meter }, channel) => {
		const one = meter[of][channel - 1];
		return one ? pick(one) : '0';
	};
}

const input = (name: keyof typeof PICKS) => measured('inputs', PICKS[name]);
const outlet = (name: keyof typeof PICKS) => measured('outlets', PICKS[name]);

/** A setting of the network in effect; with DHCP it is what the DHCP server says. */
function network(mnemonic: string, leased: string): Reader {
	return (unit) => (unit.active('etdhen') === '1' ? leased : unit.active(mnemonic));
}

/** The registers whose values are measured, and how. */
export const LIVE: Readonly<Record<string, Reader>> = {
	imkwht: input('kwht'),
	imkwhs: input('kwhs'),
	impfac: input('pfac'),
	imcrac: input('crac'),
	imcrpk: input('crpk'),
	imvoac: input('voac'),
	imvodp: input('vodp'),
	imwkhf: measured('inputs', ({ subtotalWattHours }) => rest(subtotalWattHours)),
	omkwht: outlet('kwht'),
	omkwhs: outlet('kwhs'),
	ompfac: outlet('pfac'),
	omcrac: outlet('crac'),
	omcrpk: outlet('crpk'),
	omvoac: outlet('voac'),
	omuwhs: ({ meter }) => rest(meter.outlets.reduce((sum, one) => sum + one.subtotalWattHours, 0)),
	viwatt: input('watt'),
	vivamp: input('vamp'),
	vowatt: outlet('watt'),
	vovamp: outlet('vamp'),
	pditem: ({ climate }) => formatFixed(climate.inside),
	pdetem: ({ climate }) => formatFixed(climate.outside),
	pdinpk: ({ climate }) => formatFixed(climate.insidePeak),
	pdexpk: ({ climate }) => formatFixed(climate.outsidePeak),
	snsval: ({ climate }, channel) => formatFixed(climate.sensor(channel)),
	swocst: ({ outlets }, channel) => String(Number(outlets.isOn(channel))),
	swosch: ({ outlets }, channel) => String(Number(outlets.isPending(channel))),
	ssstat: ({ alerts }) => String(alerts.status),
	ssttri: ({ alerts }) => String(alerts.of('ssttri')),
	ssitri: ({ alerts }) => String(alerts.of('ssitri')),
	ssotri: ({ alerts }) => String(alerts.of('ssotri')),
	ssvtri: ({ alerts }) => String(alerts.of('ssvtri')),
	ssftri: ({ alerts }) => String(alerts.of('ssftri')),
	ssicda: ({ alerts }) => String(alerts.of('ssicda')),
	sssnsa: ({ alerts }) => String(alerts.of('sssnsa')),
	honruf: ({ around }) => String(around.unitsFound()),
	usname: ({ around }, channel) => bytesOf(around.userName(channel)),
	etcip4: network('etsip4', '192.168.9.137'),
	etcnm4: network('etsnm4', '255.255.255.0'),
	etcgw4: network('etsgw4', '192.168.9.1'),
	etcdn1: network('etsdn1', '192.168.9.1'),
	etcdn2: network('etsdn2', '0.0.0.0'),
	etchnm: (unit) => bytesOf(unit.active('etshnm')),
	etcp61: (unit) => unit.active('etip61'),
	etcp62: (unit) => unit.active('etip62'),
	ssovda: ({ alerts }) => String(alerts.of('ssovda')),
};

/** The measurements that a PDU has only as many channels of as it has phases or measured outlets. */
export function fitted(unit: Unit, mnemonic: string): number {
	if (/^(im|vi)/.test(mnemonic) && mnemonic !== 'imname') {
		return unit.number('cfnrph');
	}
	return /^(om|vo)/.test(mnemonic) && mnemonic !== 'omuwhs'
		? unit.number('cfnrmo')
		: Number.POSITIVE_INFINITY;
}
