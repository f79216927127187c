import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { TlsOptions } from '../common/connection.js';
import { exchangeLog, LOG_HELP, type LogLine } from '../common/exchange-log.js';
import { UsageError } from '../common/usage-error.js';
import { UpsDevice } from './device.js';
import type { ExchangeOptions } from './exchange.js';
import { FIRMWARE } from './firmware.js';
import { makeKey } from './random.js';
import { type Posted, runInRealTime } from './run.js';
import { SCENARIOS, type Scenario, scenario } from './scenarios.js';

const HELP = `A stand-in Web3 Pi UPS that posts to a server as a real one does.

  --url <base>        where to post, without /api/v1/...   (http://127.0.0.1:1880)
  --device-id <id>    (8988228066680569990)
  --key <key>         the HTTP key, or in the environment as UPS_KEY; made up and shown when left out
  --period <seconds>  pause after each POST (30)
  --first <seconds>   pause before the first POST (12, less for a shorter period)
  --count <n>         stop after n POSTs
  --firmware <text>   fw_ver (esp32:0.8.17)
  --power <version>   frame version of the power board (2)
  --clock-offset <s>  the clock is ahead by so many seconds (0)
  --scenario <name>   what happens meanwhile (calm)
${Object.entries(SCENARIOS)
	.map(([name, { help }]) => `        ${name.padEnd(13)}${help}`)
	.join('\n')}
${LOG_HELP}
  --ca <file>         CA certificate to trust for https, PEM
  --cert <file>       client certificate, PEM
  --cert-key <file>   its private key, PEM
  --insecure          accept any certificate
  --help
`;

/** Who asks for a short period does not want to wait long, but an empty first POST would be of no use. */
const ALL_SAMPLES_AFTER = 5000;

const OPTIONS = {
	url: { type: 'string', default: 'http://127.0.0.1:1880' },
	'device-id': { type: 'string', default: '8988228066680569990' },
	key: { type: 'string' },
	period: { type: 'string', default: '30' },
	first: { type: 'string' },
	count: { type: 'string' },
	firmware: { type: 'string', default: 'esp32:0.8.17' },
	power: { type: 'string', default: '2' },
	'clock-offset': { type: 'string', default: '0' },
	scenario: { type: 'string', default: 'calm' },
	log: { type: 'string', default: 'all' },
	ca: { type: 'string' },
	cert: { type: 'string' },
	'cert-key': { type: 'string' },
	insecure: { type: 'boolean', default: false },
	help: { type: 'boolean', default: false },
} as const;

const parse = (args: string[]) => parseArgs({ args, options: OPTIONS, strict: true }).values;

type Values = ReturnType<typeof parse>;

function number(values: Values, name: 'period' | 'first' | 'count' | 'power' | 'clock-offset'): number {
	const value = Number(values[name]);
	if (!Number.isFinite(value) || (name !== 'clock-offset' && value < 0)) {
		throw new UsageError(`--${name} needs a number, not "${values[name]}".`);
	}
	return value;
}

function readTls(values: Values): TlsOptions {
	const pem = (name: 'ca' | 'cert' | 'cert-key', key: 'ca' | 'cert' | 'key') =>
		values[name] === undefined ? {} : { [key]: readFileSync(values[name], 'utf8') };
	return { insecure: values.insecure, ...pem('ca', 'ca'), ...pem('cert', 'cert'), ...pem('cert-key', 'key') };
}

function readKey(given: string | undefined): string {
	const key = given?.replace(/[^0-9A-Za-z]/g, '').toUpperCase() ?? makeKey();
	if (key.length !== 16) {
		throw new UsageError('The key needs 16 letters and digits.');
	}
	if (given === undefined) {
		console.log(`HTTP Key: ${key.replace(/(.{4})(?=.)/g, '$1 ')}`);
	}
	return key;
}

function makeDevice(values: Values, { options, prepare }: Scenario): UpsDevice {
	const period = number(values, 'period') * 1000;
	const usual = Math.min(FIRMWARE.firstPostAfter, Math.max(period, ALL_SAMPLES_AFTER));
	const first = values.first === undefined ? usual : number(values, 'first') * 1000;
	const device = new UpsDevice({
		...options,
		deviceId: values['device-id'],
		key: readKey(values.key ?? process.env.UPS_KEY),
		firmware: values.firmware,
		powerVersion: number(values, 'power'),
		clockOffset: number(values, 'clock-offset') + (options?.clockOffset ?? 0),
		wallClock: Date.now,
		pauseAfterPost: period,
		firstPostAfter: first,
		clockSetAfter: options?.clockSetAfter ?? Math.min(first, 8000),
	});
	prepare?.(device);
	return device;
}

function describe(device: UpsDevice, { post, outcome, result }: Posted, seen: number): LogLine {
	const battery = `${device.power.displayedLevel.toFixed(0)} %`;
	const source = device.power.mains ? 'mains' : 'battery';
	const told = post.feedback.acks.length > 0 ? ` acks ${post.feedback.acks.join(' ')}` : '';
	// The device holds bytes, one in each character.
	const textOf = (args: object): string => Buffer.from(JSON.stringify(args), 'latin1').toString();
	const obeyed = device.executed.slice(seen).map(({ cmd, args }) => `${cmd} ${textOf(args)}`);
	const answer = `${outcome.answer?.status ?? '---'} ${result}${outcome.cause ? ` (${outcome.cause.message})` : ''}`;
	const text = [
		new Date(device.now).toISOString(),
		answer,
		`${source} ${battery}, Pi ${device.host.state},${told || ' no acks'}`,
		...obeyed.map((one) => `does ${one}`),
	].join('  ');
	return {
		text,
		state: `${answer} ${source} ${device.host.state}`,
		notable: told !== '' || obeyed.length > 0,
	};
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
	const tls = readTls(values);
	const device = makeDevice(values, chosen);
	const log = exchangeLog(values.log);
	const stop = new AbortController();
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => stop.abort());
	}
	let seen = 0;
	await runInRealTime(device, values.url, {
		signal: stop.signal,
		exchange: (n): ExchangeOptions => ({ tls, ...chosen.exchange?.(n) }),
		onPost: (posted) => {
			log(describe(device, posted, seen));
			seen = device.executed.length;
		},
		...(values.count === undefined ? {} : { count: number(values, 'count') }),
	});
}

main(process.argv.slice(2)).catch((error: NodeJS.ErrnoException) => {
	const expected = error instanceof UsageError || error.code !== undefined;
	console.error(expected ? error.message : error);
	process.exitCode = 2;
});
