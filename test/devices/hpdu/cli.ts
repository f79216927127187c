import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { exchangeLog, LOG_HELP, type LogLine } from '../common/exchange-log.js';
import { UsageError } from '../common/usage-error.js';
import type { RecordedRequest } from './record.js';
import { SCENARIOS, scenario } from './scenarios.js';
import { HpduServer, type HpduServerOptions } from './server.js';

const HELP = `A stand-in Schleifenbauer hPDU, which answers requests to its web API as a real one does.

  --port <n>              where it listens; 0 for any free port (8580)
  --host <address>        at which address; 0.0.0.0 for all (127.0.0.1)
  --outlets <n>           27, or 54 for one with the extension (27)
  --units <n>             how many units are behind its databus (2)
  --name <name>           its device name (SP_Rack_1)
  --user <name>           its super user, or in the environment as HPDU_USER (super)
  --password <password>   of that user, or in the environment as HPDU_PASSWORD (super)
  --scan-time <seconds>   how long a scan of the databus takes (4)
  --absent-time <seconds> how long it looks for a unit that is not there (1)
  --reboot-time <seconds> how long it is away when it reboots (5)
${LOG_HELP.replace('<mode>', '<mode>    ')}
  --cert <file>           certificate for HTTPS, PEM
  --key <file>            its private key, PEM
  --scenario <name>       what happens meanwhile (calm)
${Object.entries(SCENARIOS)
	.map(([name, { help }]) => `        ${name.padEnd(8)}${help}`)
	.join('\n')}
  --help

The other users are admin, power, user and viewer, with their names as passwords.
`;

const OPTIONS = {
	port: { type: 'string', default: '8580' },
	host: { type: 'string', default: '127.0.0.1' },
	outlets: { type: 'string', default: '27' },
	units: { type: 'string', default: '2' },
	name: { type: 'string' },
	user: { type: 'string' },
	password: { type: 'string' },
	'scan-time': { type: 'string', default: '4' },
	'absent-time': { type: 'string', default: '1' },
	'reboot-time': { type: 'string', default: '5' },
	cert: { type: 'string' },
	key: { type: 'string' },
	scenario: { type: 'string', default: 'calm' },
	log: { type: 'string', default: 'all' },
	help: { type: 'boolean', default: false },
} as const;

const parse = (args: string[]) => parseArgs({ args, options: OPTIONS, strict: true }).values;

type Values = ReturnType<typeof parse>;

function number(values: Values, name: keyof Values): number {
	const text = String(values[name]);
	const value = Number(text);
	if (!text.trim() || !Number.isFinite(value) || value < 0) {
		throw new UsageError(`--${name} needs a number, not "${text}".`);
	}
	return value;
}

function whole(values: Values, name: keyof Values, max: number): number {
	const value = number(values, name);
	if (!Number.isInteger(value) || value > max) {
		throw new UsageError(`--${name} is a whole number up to ${max}, not "${values[name]}".`);
	}
	return value;
}

function readTls({ cert, key }: Values): Pick<HpduServerOptions, 'tls'> {
	if (cert === undefined && key === undefined) {
		return {};
	}
	if (cert === undefined || key === undefined) {
		throw new UsageError('HTTPS needs both --cert and --key.');
	}
	return { tls: { cert: readFileSync(cert), key: readFileSync(key) } };
}

function superUser(values: Values) {
	const name = values.user ?? (process.env.HPDU_USER || 'super');
	const password = values.password ?? (process.env.HPDU_PASSWORD || 'super');
	if (Buffer.byteLength(name) > 16 || Buffer.byteLength(password) > 16) {
		throw new UsageError('A name and a password have at most 16 bytes.');
	}
	return { role: 'super', name, password } as const;
}

const SECOND = 1000;

function readOptions(values: Values): HpduServerOptions {
	return {
		outlets: whole(values, 'outlets', 54),
		units: whole(values, 'units', 200),
		users: [superUser(values)],
		scanTime: number(values, 'scan-time') * SECOND,
		absentTime: number(values, 'absent-time') * SECOND,
		rebootTime: number(values, 'reboot-time') * SECOND,
		...(values.name === undefined ? {} : { name: values.name }),
		...readTls(values),
	};
}

/** Bodies hold passwords and keys, so they are not told. */
function describe({ method, path, status, at, answeredAt = at, connection }: RecordedRequest): LogLine {
	const [resource = ''] = path.split('?', 1);
	const text = [
		new Date().toISOString(),
		`connection ${connection}`,
		`${method} ${resource}`,
		`${status ?? 'no answer'}`,
		`${Math.round(answeredAt - at)} ms`,
	].join('  ');
	const notable = method !== 'GET' && resource !== '/userid';
	return { text, state: status === 200 ? 'answers' : `${status} ${method} ${resource}`, notable };
}

async function main(args: string[]): Promise<void> {
	const values = parse(args);
	if (values.help) {
		console.log(HELP);
		return;
	}
	const chosen = scenario(values.scenario);
	if (!chosen) {
		throw new UsageError(`There is no scenario "${values.scenario}"; see --help.`);
	}
	const log = exchangeLog(values.log);
	const server = new HpduServer({
		...readOptions(values),
		onRequest: (request) => log(describe(request)),
	});
	await server.listen(whole(values, 'port', 65_535), values.host);
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => void server.close());
	}
	chosen.prepare(server);
	console.log(`An hPDU with ${values.outlets} outlets and ${values.units} more units is at ${server.url}`);
}

main(process.argv.slice(2)).catch((error: NodeJS.ErrnoException) => {
	const expected = error instanceof UsageError || error.code !== undefined;
	console.error(expected ? error.message : error);
	process.exitCode = 2;
});
