import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { TlsOptions } from '../common/connection.js';
import { exchangeLog, LOG_HELP, type LogLine } from '../common/exchange-log.js';
import { UsageError } from '../common/usage-error.js';
import { WicanDevice } from './device.js';
import { FIRMWARES, FIRST_POST_AFTER, type FirmwareName } from './firmware.js';
import type { Auth, WicanOptions } from './options.js';
import { type Posted, runInRealTime } from './run.js';
import { SCENARIOS, scenario } from './scenarios.js';

const HELP = `A stand-in WiCAN in a car, which posts to a server as a real one does.

  --url <url>             where to post, with path and query (http://127.0.0.1:1880/wican)
  --firmware <name>       ${Object.keys(FIRMWARES).sort().join(', ')} (4.51)
  --car <kind>            petrol, electric (petrol)
  --large                 an electric car with 246 parameters
  --gps                   a position too, with firmware 6 and ha6
  --period <seconds>      from one POST to the next (5)
  --first <seconds>       from a boot to the first POST (8, less with --pace)
  --count <n>             stop after n POSTs
  --auth <kind>           none, bearer, api-key-header, api-key-query, basic (bearer with a token, else none)
  --auth-name <name>      name of the header or of the key in the query
  --token <token>         or in the environment as WICAN_TOKEN
  --user <name>           for basic
  --password <password>   for basic, or in the environment as WICAN_PASSWORD
  --form <kind>           json, or abrp for the form of A Better Routeplanner (json)
  --device-id <id>        12 hexadecimal digits (3c84279a51e0)
  --mode <mode>           changed, full: what a webhook of Home Assistant tells (changed)
  --gzip                  compress the body of ha6
  --scenario <name>       what happens meanwhile (drive)
${Object.entries(SCENARIOS)
	.map(([name, { help }]) => `        ${name.padEnd(8)}${help}`)
	.join('\n')}
  --pace <factor>         make it happen so many times sooner; with 20, all of a day passes in three minutes (1)
  --distance <factor>     make the way so many times longer, to see charge and position change (1)
${LOG_HELP.replace('<mode>', '<mode>    ')}
  --ca <file>             CA certificate to trust for https, PEM
  --cert <file>           client certificate, PEM
  --cert-key <file>       its private key, PEM
  --insecure              accept any certificate
  --help
`;

const OPTIONS = {
	url: { type: 'string', default: 'http://127.0.0.1:1880/wican' },
	firmware: { type: 'string', default: '4.51' },
	car: { type: 'string', default: 'petrol' },
	large: { type: 'boolean', default: false },
	gps: { type: 'boolean', default: false },
	period: { type: 'string', default: '5' },
	first: { type: 'string' },
	count: { type: 'string' },
	auth: { type: 'string' },
	'auth-name': { type: 'string' },
	token: { type: 'string' },
	user: { type: 'string' },
	password: { type: 'string' },
	form: { type: 'string', default: 'json' },
	'device-id': { type: 'string' },
	mode: { type: 'string', default: 'changed' },
	gzip: { type: 'boolean', default: false },
	scenario: { type: 'string', default: 'drive' },
	pace: { type: 'string', default: '1' },
	distance: { type: 'string', default: '1' },
	log: { type: 'string', default: 'all' },
	ca: { type: 'string' },
	cert: { type: 'string' },
	'cert-key': { type: 'string' },
	insecure: { type: 'boolean', default: false },
	help: { type: 'boolean', default: false },
} as const;

const parse = (args: string[]) => parseArgs({ args, options: OPTIONS, strict: true }).values;

type Values = ReturnType<typeof parse>;

function number(values: Values, name: 'period' | 'first' | 'count' | 'pace' | 'distance'): number {
	const value = Number(values[name]);
	if (!values[name]?.trim() || !Number.isFinite(value) || value < 0) {
		throw new UsageError(`--${name} needs a number, not "${values[name]}".`);
	}
	return value;
}

function choice<T extends string>(values: Values, name: keyof Values, choices: readonly T[]): T {
	const found = choices.find((one) => one === values[name]);
	if (found === undefined) {
		throw new UsageError(`--${name} is one of ${choices.join(', ')}, not "${values[name]}".`);
	}
	return found;
}

function needed(value: string | undefined, option: string): string {
	if (value === undefined || value === '') {
		throw new UsageError(`This --auth needs ${option}.`);
	}
	return value;
}

function readAuth(values: Values): Auth {
	const token = values.token ?? process.env.WICAN_TOKEN;
	const usual = values.auth ?? (token ? 'bearer' : 'none');
	const kinds = ['none', 'bearer', 'api-key-header', 'api-key-query', 'basic'] as const;
	const kind = choice({ ...values, auth: usual }, 'auth', kinds);
	if (kind === 'none') {
		return { kind };
	}
	if (kind === 'basic') {
		const password = needed(values.password ?? process.env.WICAN_PASSWORD, '--password');
		return { kind, user: needed(values.user, '--user'), password };
	}
	const key = needed(token, '--token');
	const name = values['auth-name'];
	return kind === 'bearer' || name === undefined ? { kind, token: key } : { kind, token: key, name };
}

function readTls(values: Values): TlsOptions {
	const pem = (name: 'ca' | 'cert' | 'cert-key', key: 'ca' | 'cert' | 'key') =>
		values[name] === undefined ? {} : { [key]: readFileSync(values[name], 'utf8') };
	return { insecure: values.insecure, ...pem('ca', 'ca'), ...pem('cert', 'cert'), ...pem('cert-key', 'key') };
}

/** Who wants the first POST at once wants values in it. */
function readTimes(values: Values, pace: number) {
	const first = values.first === undefined ? FIRST_POST_AFTER / pace : number(values, 'first') * 1000;
	const hurry = Math.min(1, first / FIRST_POST_AFTER);
	return { firstPostAfter: first, clockSetAfter: 6000 * hurry, pollTakes: 20 * hurry };
}

function makeDevice(values: Values, pace: number): WicanDevice {
	const deviceId = values['device-id'];
	const options: WicanOptions = {
		firmware: choice(values, 'firmware', Object.keys(FIRMWARES) as FirmwareName[]),
		car: choice(values, 'car', ['petrol', 'electric']),
		large: values.large,
		gps: values.gps,
		auth: readAuth(values),
		form: choice(values, 'form', ['json', 'abrp']),
		mode: choice(values, 'mode', ['changed', 'full']),
		gzip: values.gzip,
		period: number(values, 'period') * 1000,
		distance: number(values, 'distance'),
		wallClock: Date.now,
		...readTimes(values, pace),
		...(deviceId === undefined ? {} : { deviceId }),
	};
	try {
		return new WicanDevice(options);
	} catch (error) {
		throw error instanceof RangeError ? new UsageError(error.message) : error;
	}
}

function describe(device: WicanDevice, { post, outcome, result, status }: Posted): LogLine {
	const car = device.car.driving
		? 'drives'
		: `stands, control units ${device.car.ecuOnline ? 'online' : 'offline'}`;
	const answer = `${status ?? '---'} ${result}${outcome.cause ? ` (${outcome.cause.message})` : ''}`;
	const text = [
		new Date(device.now).toISOString(),
		answer,
		`${post.full ? 'full' : 'values'}, ${post.body.length} bytes`,
		`boot ${post.boot}, ${car}`,
	].join('  ');
	return { text, state: `${answer} ${post.boot} ${car}` };
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
	const pace = number(values, 'pace');
	if (pace === 0) {
		throw new UsageError('--pace needs a number above 0.');
	}
	const tls = readTls(values);
	const device = makeDevice(values, pace);
	const count = values.count === undefined ? {} : { count: number(values, 'count') };
	const log = exchangeLog(values.log);
	const stop = new AbortController();
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => stop.abort());
	}
	chosen.prepare?.(device, pace);
	await runInRealTime(device, values.url, {
		signal: stop.signal,
		exchange: (n) => ({ tls, ...chosen.exchange?.(n) }),
		onPost: (posted) => log(describe(device, posted)),
		...count,
	});
}

main(process.argv.slice(2)).catch((error: NodeJS.ErrnoException) => {
	const expected = error instanceof UsageError || error.code !== undefined;
	console.error(expected ? error.message : error);
	process.exitCode = 2;
});
