import type { UnitOptions } from './options.js';

/** What a channel of a register holds, counted from 1. */
export type Cell = string | number | ((channel: number) => string | number);

/** A version times 100. */
export const FIRMWARE = 251;
const SENSOR_TYPES = ['T', 'H', 'T', 'I'];
const HARDWARE_ID = [42534, 6129, 0] as const;

/** The hardware id of the n-th unit of a databus, counted from 0. */
export function hardwareId(n: number): readonly [number, number, number] {
	return [HARDWARE_ID[0] + n, HARDWARE_ID[1], HARDWARE_ID[2]];
}

/** What the registers of a unit hold when it leaves the factory and is put into a rack; all others are 0 or blank. */
export function factoryValues(options: UnitOptions & { readonly address: number }): Record<string, Cell> {
	const { address, outlets = 27, phases = 3, name = `SP_Rack_${address}` } = options;
	const [a, b, c] = options.hardwareId ?? hardwareId(0);
	return {
		idspdm: 250,
		idfwvs: options.firmware ?? FIRMWARE,
		idonbr: 'SO2024-1187',
		idpart: outlets > 27 ? 'hPDU-54M-3P32' : 'hPDU-27M-3P32',
		idsnbr: `SB24${String(a).padStart(8, '0')}`,
		idchip: (channel) => [a, b, c][channel - 1] ?? 0,
		idaddr: address,
		idfwbd: '251-20240611',
		idmaca: `20:0a:0d:${[(a >> 8) & 255, a & 255, b & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`,
		idspdt: 2,
		cfnrph: phases,
		cfnrno: outlets,
		cfnrso: options.switched ?? outlets,
		cfnrmo: options.measured ?? outlets,
		cfamps: 32,
		cfnres: SENSOR_TYPES.length,
		cfusbm: 1,
		stdvnm: name,
		stdvlc: 'Row 4',
		stuser: 'Wattpost',
		stpkdr: 100,
		strsal: 1,
		stextn: 1,
		stfodl: 100,
		stpsav: 60,
		stopom: 1,
		stmaxt: 60,
		stdiso: options.orientation ?? 3,
		stimcm: '32.00',
		stomcm: '16.00',
		stomct: 1,
		stimct: 1,
		stinnm: (channel) => `L${channel}`,
		stolnm: (channel) => `Outlet${channel}`,
		strebt: 5,
		swocst: (channel) => (channel <= outlets ? 1 : 0),
		imname: (channel) => `Input phase ${channel}`,
		snstyp: (channel) => SENSOR_TYPES[channel - 1] ?? 'X',
		snsnme: (channel) => (channel <= SENSOR_TYPES.length ? `Sens${channel}` : ''),
		snsenm: (channel) => (channel <= SENSOR_TYPES.length ? `Sensor at door ${channel}` : ''),
		exolnm: (channel) => (channel <= outlets ? `Server ${channel}` : ''),
		horist: 1,
		etclst: 1,
		etcnst: 1,
		etdhfb: 1,
		etdhfd: 30,
		etipvs: 1,
		etsip4: '192.168.9.137',
		etsnm4: '255.255.255.0',
		etsgw4: '192.168.9.1',
		etsdn1: '192.168.9.1',
		etshnm: `hpdu-${address}`,
		ethmod: 7,
		etcp60: 'fe80::220a:dff:fe26:17f1',
		iaenab: 1,
		iarc4k: '0'.repeat(16),
		hthpen: 1,
		hthsen: 1,
		hthppo: 80,
		hthspo: 443,
		snmpv1: 1,
		snmplp: 161,
		snmptp: 162,
		sncmpb: 'public',
		sncmpr: 'private',
		sncmtr: 'traps',
		snisdn: name,
		mbtcpo: 502,
	};
}
