/** How a value is stored. `fixed` is a decimal text with two places, `ipv4` and `ipv6` are addresses as text. */
export type RegisterType = 'int' | 'fixed' | 'ascii' | 'ipv4' | 'ipv6';

/** Which interfaces may read or write a register; `web` is the WEBAPI, `all` includes it. */
export type Via = 'all' | 'web' | 'ipapi+web' | 'ipapi' | 'none';

/** The users of a PDU from the highest to the lowest. */
export const ROLES = ['super', 'admin', 'power', 'user', 'viewer'] as const;

export type Role = (typeof ROLES)[number];

/** A register of the Schleifenbauer Products Data Model (SPDM). */
export interface Register {
	readonly mnemonic: string;
	readonly group: string;
	readonly type: RegisterType;
	/** Bytes of one channel. */
	readonly bytes: number;
	/** Channels without the extension: 1, 3, 5, 16, 27 or 48. */
	readonly repeats: number;
	/** A PDU with more than 27 outlets has as many channels again. */
	readonly extended: boolean;
	readonly read: Via;
	readonly write: Via;
	/** The lowest role that may write it; `own` are users, who change their own level and those below. */
	readonly role: Role | 'own' | 'none';
	/** Stored at once, in effect after a reboot. */
	readonly reboot: boolean;
	/** The firmware that brought it, a version times 100; 0 for all. */
	readonly since: number;
}

type Row = readonly [
	mnemonic: string,
	type: RegisterType,
	bytes: number,
	repeats: number,
	read: Via,
	write: Via,
	role?: Register['role'],
	special?: 'extended' | 'reboot',
];

const GROUPS: Readonly<Record<string, readonly Row[]>> = {
	identification: [
		['idspdm', 'int', 2, 1, 'all', 'none'],
		['idfwvs', 'int', 2, 1, 'all', 'none'],
		['idonbr', 'ascii', 16, 1, 'all', 'ipapi+web', 'super'],
		['idpart', 'ascii', 16, 1, 'all', 'ipapi+web', 'super'],
		['idsnbr', 'ascii', 16, 1, 'all', 'ipapi+web', 'super'],
		['idchip', 'int', 2, 3, 'all', 'none'],
		['idaddr', 'int', 2, 1, 'all', 'all', 'admin'],
		['idfwbd', 'ascii', 12, 1, 'all', 'none'],
		['idmaca', 'ascii', 6, 1, 'all', 'none'],
		['idspdt', 'int', 1, 1, 'all', 'none'],
	],
	configuration: [
		['cfnrph', 'int', 1, 1, 'all', 'ipapi+web', 'super'],
		['cfnrno', 'int', 1, 1, 'all', 'ipapi+web', 'super'],
		['cfnrso', 'int', 1, 1, 'all', 'ipapi+web', 'super'],
		['cfnrmo', 'int', 1, 1, 'all', 'ipapi+web', 'super'],
		['cfamps', 'int', 1, 1, 'all', 'ipapi+web', 'super'],
		['cfnres', 'int', 1, 1, 'all', 'none'],
		['cfusbm', 'int', 1, 1, 'all', 'ipapi+web', 'super'],
		['cfsltp', 'int', 1, 1, 'ipapi', 'ipapi+web', 'super'],
	],
	system_status: [
		['ssstat', 'int', 1, 1, 'all', 'none'],
		['ssttri', 'int', 1, 1, 'all', 'none'],
		['ssitri', 'int', 1, 1, 'all', 'none'],
		['ssotri', 'int', 1, 1, 'all', 'none'],
		['ssvtri', 'int', 1, 1, 'all', 'none'],
		['ssftri', 'int', 1, 1, 'all', 'none'],
		['ssicda', 'int', 1, 1, 'all', 'none'],
		['sssnsa', 'int', 1, 1, 'all', 'none'],
		['ssovda', 'int', 1, 1, 'all', 'none'],
	],
	reset: [
		['rsboot', 'int', 1, 1, 'none', 'all', 'user'],
		['rsalrt', 'int', 1, 1, 'none', 'all', 'user'],
		['rsimks', 'int', 1, 1, 'none', 'ipapi', 'power'],
		['rsomks', 'int', 1, 27, 'none', 'ipapi', 'power', 'extended'],
		['rspval', 'int', 1, 1, 'none', 'all', 'user'],
		['rsipks', 'int', 1, 3, 'none', 'ipapi', 'power'],
	],
	settings: [
		['stdvnm', 'ascii', 16, 1, 'all', 'all', 'admin'],
		['stdvlc', 'ascii', 16, 1, 'all', 'all', 'admin'],
		['stuser', 'ascii', 20, 1, 'all', 'all', 'admin'],
		['stpkdr', 'int', 2, 1, 'all', 'ipapi', 'power'],
		['strsal', 'int', 1, 1, 'all', 'ipapi', 'power'],
		['stextn', 'int', 1, 1, 'all', 'all', 'admin'],
		['stfodl', 'int', 2, 1, 'all', 'ipapi', 'power'],
		['stpsav', 'int', 1, 1, 'all', 'ipapi', 'user'],
		['stopom', 'int', 1, 1, 'all', 'ipapi', 'power'],
		['stmaxt', 'int', 1, 1, 'all', 'ipapi', 'power'],
		['stdiso', 'int', 1, 1, 'all', 'all', 'user'],
		['stimcm', 'fixed', 2, 3, 'all', 'ipapi', 'power'],
		['stomcm', 'fixed', 2, 27, 'all', 'ipapi', 'power', 'extended'],
		['stomct', 'int', 1, 27, 'all', 'none', 'none', 'extended'],
		['stimct', 'int', 1, 3, 'all', 'none'],
		['stinnm', 'ascii', 8, 3, 'all', 'all', 'admin'],
		['stolnm', 'ascii', 8, 27, 'all', 'ipapi', 'power', 'extended'],
		['stiodl', 'int', 2, 27, 'all', 'ipapi', 'power', 'extended'],
		['stcddt', 'int', 1, 1, 'all', 'ipapi', 'power'],
		['stsnsa', 'int', 1, 1, 'all', 'ipapi', 'power'],
		['stunlo', 'int', 1, 1, 'all', 'ipapi', 'user'],
		['strebt', 'int', 1, 27, 'all', 'ipapi', 'user', 'extended'],
		['starsa', 'int', 2, 1, 'all', 'ipapi', 'power'],
	],
	switched_outlets: [
		['swocst', 'int', 1, 27, 'all', 'ipapi', 'user', 'extended'],
		['swosch', 'int', 1, 27, 'all', 'none', 'none', 'extended'],
		['sworeb', 'int', 1, 27, 'none', 'ipapi', 'user', 'extended'],
		['swounl', 'int', 1, 27, 'none', 'ipapi', 'user', 'extended'],
	],
	input_measures: [
		['imkwht', 'int', 3, 3, 'all', 'none'],
		['imkwhs', 'int', 3, 3, 'all', 'none'],
		['impfac', 'fixed', 2, 3, 'all', 'none'],
		['imcrac', 'fixed', 2, 3, 'all', 'none'],
		['imcrpk', 'fixed', 2, 3, 'all', 'none'],
		['imvoac', 'fixed', 2, 3, 'all', 'none'],
		['imvodp', 'fixed', 2, 3, 'all', 'none'],
		['imwkhf', 'int', 4, 3, 'all', 'none'],
		['imname', 'ascii', 18, 3, 'all', 'all', 'admin'],
	],
	output_measures: [
		['omkwht', 'int', 3, 27, 'all', 'none', 'none', 'extended'],
		['omkwhs', 'int', 3, 27, 'all', 'none', 'none', 'extended'],
		['ompfac', 'fixed', 2, 27, 'all', 'none', 'none', 'extended'],
		['omcrac', 'fixed', 2, 27, 'all', 'none', 'none', 'extended'],
		['omcrpk', 'fixed', 2, 27, 'all', 'none', 'none', 'extended'],
		['omvoac', 'fixed', 2, 27, 'all', 'none', 'none', 'extended'],
		['omuwhs', 'int', 4, 1, 'all', 'none'],
	],
	pdu_measures: [
		['pditem', 'fixed', 2, 1, 'all', 'none'],
		['pdetem', 'fixed', 2, 1, 'all', 'none'],
		['pdinpk', 'fixed', 2, 1, 'all', 'none'],
		['pdexpk', 'fixed', 2, 1, 'all', 'none'],
		['snstyp', 'ascii', 1, 16, 'all', 'none'],
		['snsval', 'fixed', 2, 16, 'all', 'none'],
		['snsnme', 'ascii', 6, 16, 'all', 'ipapi', 'power'],
		['snsenm', 'ascii', 18, 16, 'all', 'ipapi', 'power'],
	],
	ext_outlet_names: [['exolnm', 'ascii', 18, 27, 'all', 'ipapi', 'power', 'extended']],
	virtual: [
		['viwatt', 'fixed', 2, 3, 'all', 'none'],
		['vivamp', 'fixed', 2, 3, 'all', 'none'],
		['vowatt', 'fixed', 2, 48, 'all', 'none'],
		['vovamp', 'fixed', 2, 48, 'all', 'none'],
	],
	host: [
		['honruf', 'int', 2, 1, 'ipapi+web', 'none'],
		['horist', 'int', 2, 1, 'ipapi+web', 'none'],
		['hobrin', 'int', 2, 1, 'ipapi+web', 'none'],
		['hoscbu', 'int', 2, 1, 'none', 'ipapi+web', 'admin'],
		['hocmrn', 'int', 2, 1, 'none', 'ipapi+web', 'admin'],
		['hocmrz', 'int', 2, 1, 'none', 'ipapi+web', 'admin'],
		['hocmra', 'int', 2, 1, 'none', 'ipapi+web', 'admin'],
	],
	ethernet: [
		['etclst', 'int', 1, 1, 'web', 'none'],
		['etcnst', 'int', 1, 1, 'web', 'none'],
		['etcip4', 'ipv4', 4, 1, 'web', 'none'],
		['etcnm4', 'ipv4', 4, 1, 'web', 'none'],
		['etcgw4', 'ipv4', 4, 1, 'web', 'none'],
		['etcdn1', 'ipv4', 4, 1, 'web', 'none'],
		['etcdn2', 'ipv4', 4, 1, 'web', 'none'],
		['etchnm', 'ascii', 64, 1, 'web', 'none'],
		['etcp60', 'ipv6', 16, 1, 'web', 'none'],
		['etcp61', 'ipv6', 16, 1, 'web', 'none'],
		['etcp62', 'ipv6', 16, 1, 'web', 'none'],
		['etdhen', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['etdhfb', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['etdhfd', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['etipvs', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['etsip4', 'ipv4', 4, 1, 'web', 'web', 'power', 'reboot'],
		['etsnm4', 'ipv4', 4, 1, 'web', 'web', 'power', 'reboot'],
		['etsgw4', 'ipv4', 4, 1, 'web', 'web', 'power', 'reboot'],
		['etsdn1', 'ipv4', 4, 1, 'web', 'web', 'power', 'reboot'],
		['etsdn2', 'ipv4', 4, 1, 'web', 'web', 'power', 'reboot'],
		['etshnm', 'ascii', 64, 1, 'web', 'web', 'power', 'reboot'],
		['etaips', 'ipv4', 4, 3, 'web', 'web', 'power', 'reboot'],
		['etaipm', 'int', 1, 3, 'web', 'web', 'power', 'reboot'],
		['ethmod', 'int', 4, 1, 'web', 'web', 'admin', 'reboot'],
		['etlsdm', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['etip61', 'ipv6', 16, 1, 'web', 'web', 'power', 'reboot'],
		['etip62', 'ipv6', 16, 1, 'web', 'web', 'power', 'reboot'],
		['etip6s', 'ipv6', 16, 3, 'web', 'web', 'power', 'reboot'],
		['etip6p', 'int', 1, 3, 'web', 'web', 'power', 'reboot'],
		['etip6a', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['etip6f', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
	],
	ipapi: [
		['iaenab', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['iarc4k', 'ascii', 16, 1, 'web', 'web', 'power', 'reboot'],
	],
	http: [
		['hthpen', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['hthsen', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['hthppo', 'int', 2, 1, 'web', 'web', 'power', 'reboot'],
		['hthspo', 'int', 2, 1, 'web', 'web', 'power', 'reboot'],
	],
	snmp: [
		['snmpv1', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['snmpv3', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['sntrap', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['sndst1', 'ascii', 64, 1, 'web', 'web', 'power', 'reboot'],
		['sndst2', 'ascii', 64, 1, 'web', 'web', 'power', 'reboot'],
		['snmpro', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['snmplp', 'int', 2, 1, 'web', 'web', 'power', 'reboot'],
		['snmptp', 'int', 2, 1, 'web', 'web', 'power', 'reboot'],
		['sncmpb', 'ascii', 16, 1, 'web', 'web', 'power', 'reboot'],
		['sncmpr', 'ascii', 16, 1, 'web', 'web', 'power', 'reboot'],
		['sncmtr', 'ascii', 16, 1, 'web', 'web', 'power', 'reboot'],
		['snisdn', 'ascii', 64, 1, 'web', 'web', 'power'],
		['snisdl', 'ascii', 64, 1, 'web', 'web', 'power'],
		['snisdc', 'ascii', 64, 1, 'web', 'web', 'power'],
		['sntrds', 'int', 1, 1, 'web', 'web', 'power'],
		['sntrta', 'int', 1, 1, 'web', 'web', 'power'],
		['sntric', 'int', 1, 1, 'web', 'web', 'power'],
		['sntroc', 'int', 1, 1, 'web', 'web', 'power'],
		['sntriv', 'int', 1, 1, 'web', 'web', 'power'],
		['sntrod', 'int', 1, 1, 'web', 'web', 'power'],
		['sntrid', 'int', 1, 1, 'web', 'web', 'power'],
		['sntraf', 'int', 1, 1, 'web', 'web', 'power'],
		['sntrnc', 'int', 1, 1, 'web', 'web', 'power'],
		['sntrsc', 'int', 1, 1, 'web', 'web', 'power'],
		['sntrrc', 'int', 1, 1, 'web', 'web', 'power'],
		['sntrov', 'int', 1, 1, 'web', 'web', 'power'],
	],
	users: [
		['usname', 'ascii', 16, 5, 'web', 'web', 'own'],
		['uspaswd', 'ascii', 16, 5, 'none', 'web', 'own'],
		['uspsea', 'int', 32, 5, 'none', 'web', 'none'],
		['uspseb', 'int', 32, 5, 'none', 'web', 'none'],
		['usacrd', 'int', 4, 5, 'web', 'web', 'admin'],
		['usacwr', 'int', 4, 5, 'web', 'web', 'admin'],
		['usprau', 'int', 1, 5, 'web', 'web', 'none'],
		['usprpr', 'int', 1, 5, 'web', 'web', 'none'],
	],
	modbus: [
		['mbtcen', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['mbtcro', 'int', 1, 1, 'web', 'web', 'power', 'reboot'],
		['mbtcpo', 'int', 2, 1, 'web', 'web', 'power', 'reboot'],
	],
};

/** In which firmware registers came, a version times 100; all others have always been there. */
const SINCE: Readonly<Record<number, readonly string[]>> = {
	124: ['idfwbd'],
	126: ['idmaca', 'sssnsa', 'stsnsa', 'sworeb'],
	130: ['idspdt', 'rsipks', 'honruf', 'hoscbu', 'hocmrn', 'hocmrz'],
	132: ['stunlo', 'strebt'],
	136: ['horist', 'hobrin'],
	240: ['ssovda', 'stextn', 'starsa', 'imname', 'snsenm', 'exolnm'],
	242: ['hocmra', 'etlsdm', 'snmpv3', 'uspsea', 'uspseb', 'usprau', 'usprpr'],
	244: [
		'cfsltp',
		'etcp60',
		'etcp61',
		'etcp62',
		'etipvs',
		'etip61',
		'etip62',
		'etip6s',
		'etip6p',
		'etip6a',
		'etip6f',
	],
	251: ['cfusbm'],
};

const FIRST_FIRMWARE = new Map(
	Object.entries(SINCE).flatMap(([firmware, mnemonics]) =>
		mnemonics.map((mnemonic): [string, number] => [mnemonic, Number(firmware)]),
	),
);

/** Makes a register of a row, also for those that the table does not have. */
export function register(group: string, row: Row): Register {
	const [mnemonic, type, bytes, repeats, read, write, role = 'none', special] = row;
	const extended = special === 'extended';
	const since = FIRST_FIRMWARE.get(mnemonic) ?? 0;
	const reboot = special === 'reboot';
	return { mnemonic, group, type, bytes, repeats, extended, read, write, role, reboot, since };
}

/** All registers, in the order of their addresses. Source: SPDM 2.50 and what the vendor's own client knows. */
export const REGISTERS: readonly Register[] = Object.entries(GROUPS).flatMap(([group, rows]) =>
	rows.map((row) => register(group, row)),
);
