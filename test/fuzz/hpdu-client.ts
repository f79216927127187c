/** A PDU whose answers are spoilt on their way, once as answers and once as the bytes of HTTP. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HttpTransport } from '../../nodes/protocol/hpdu/http-transport.js';
import {
	type DisplayWish,
	identify,
	look,
	type PduAnswer,
	PduClient,
	PduHosts,
	read,
	type Transport,
	TransportError,
	type WriteWish,
	write,
} from '../../nodes/protocol/hpdu/index.js';
import { HpduDevice } from '../devices/hpdu/index.js';
import { answer, RawServer } from '../protocol/hpdu/raw-server.js';
import { ManualTime } from '../protocol/manual-time.js';
import { HPDU_CODES, mediaTypes, statuses } from './hpdu.js';
import { assertMessage, refusedWith } from './invariants.js';
import { mutated, type Spoiling, spoiling, spoilt } from './mutations.js';
import { asyncTarget, type Target } from './target.js';

const NOW = 1_800_000_000_000;

/** What becomes of the answers from a certain one on. */
interface Rot {
	readonly from: number;
	readonly status: number | undefined;
	readonly mediaType: string | undefined;
	readonly body: Spoiling;
}

const rot: fc.Arbitrary<Rot> = fc.record({
	from: fc.nat(3),
	status: fc.option(statuses, { nil: undefined, freq: 2 }),
	mediaType: fc.option(mediaTypes, { nil: undefined, freq: 2 }),
	body: spoiling(3),
});

/** The stand-in without a network, with answers that are spoilt; or what it said, said again. */
class RottenPdu implements Transport {
	readonly said: PduAnswer[] = [];
	readonly time = new ManualTime(NOW);
	private readonly device = new HpduDevice({ startAt: NOW });
	private readonly hosts = new PduHosts({ clock: this.time, timers: this.time }, () => this);

	constructor(private readonly how: Rot | readonly PduAnswer[]) {}

	client(): PduClient {
		const settings = { label: 'rack', username: 'super', password: 'super', timeout: 5000, minInterval: 0 };
		return new PduClient(settings, () => this.hosts.join({ host: 'pdu', port: 80 }), this.time);
	}

	async send(request: Parameters<Transport['send']>[0]): Promise<PduAnswer> {
		const answer = 'from' in this.how ? this.rotten(this.how, request) : this.how[this.said.length];
		if (answer === undefined) throw new TransportError('unreachable', 'closed');
		this.said.push(answer);
		return answer;
	}

	private rotten(rot: Rot, { method, path, headers, body = '' }: Parameters<Transport['send']>[0]) {
		const answer = this.device.handle({ method, path, authorization: headers.Authorization, body });
		if (answer === undefined) return undefined;
		const { status, type = '', body: bytes } = answer;
		if (this.said.length < rot.from) return { status, mediaType: type, body: bytes };
		return {
			status: rot.status ?? status,
			mediaType: rot.mediaType ?? type,
			body: spoilt(bytes, rot.body),
		};
	}

	async close(): Promise<void> {}
}

const READ = { read: 'registers', registers: '', group: '', unit: '', format: 'values' } as const;
const WRITE: WriteWish = {
	...{ write: 'registers', register: '', value: '', payload: undefined, saveGroup: '' },
	...{ hardwareId: '', unitAddress: '', unit: '', onMismatch: 'error' },
};
const NEW_ADDRESS: WriteWish = { ...WRITE, write: 'address', hardwareId: '42534-6129-0', unitAddress: 5 };
const SAVE: WriteWish = {
	...WRITE,
	write: 'save',
	saveGroup: 'modbus',
	payload: { mbtcen: 1, mbtcpo: 502, mbtcro: 1 },
};
const LOOK: DisplayWish = {
	...{ action: 'image', format: 'text', scale: '', rotate: '', invert: '', bitOrder: '', page: '' },
	...{ button1: '', button2: '' },
};

const WISHES: Readonly<Record<string, (client: PduClient) => Promise<unknown>>> = {
	register: (client) => read(client, { ...READ, registers: 'stdvnm' }),
	registers: (client) => read(client, { ...READ, registers: 'imcrac idfwvs stolnm_30' }),
	group: (client) => read(client, { ...READ, read: 'group', group: 'identification' }),
	readable: (client) => read(client, { ...READ, read: 'readable' }),
	scan: (client) => read(client, { ...READ, read: 'scan' }),
	'write register': (client) =>
		write(client, { ...WRITE, register: 'stdvnm', value: 'Rack 6' }, () => undefined),
	'write registers': (client) =>
		write(client, { ...WRITE, payload: { stinnm: ['a', 'b', 'c'] } }, () => undefined),
	'write group': (client) => write(client, SAVE, () => undefined),
	'write address': (client) => write(client, NEW_ADDRESS, () => undefined),
	display: (client) => look(client, LOOK),
	'display status': (client) => look(client, { ...LOOK, action: 'status' }),
	'display page': (client) => look(client, { ...LOOK, action: 'page', page: 2 }),
	'display pages': (client) => look(client, { ...LOOK, action: 'pages' }),
	'display press': (client) => look(client, { ...LOOK, action: 'press', button1: 'short', button2: 'long' }),
	identity: identify,
};

/** What is asked of a PDU, and what becomes of its answers; or, where a case is kept, all of them as they were. */
interface Case {
	readonly wish: string;
	readonly answers: Rot | readonly PduAnswer[];
}

async function ask({ wish, answers }: Case) {
	const pdu = new RottenPdu(answers);
	const outcome = await (WISHES[wish] ?? assert.fail())(pdu.client()).then(
		(value) => () => value,
		(error: unknown) => () => {
			throw error;
		},
	);
	return { outcome, said: pdu.said };
}

const spoiltAnswers = asyncTarget<Case>({
	name: 'hpdu-client',
	what: 'What is read, written or looked at comes whole or as an error with a code, whatever the answers are.',
	share: 3,
	cases: fc.record({ wish: fc.constantFrom(...Object.keys(WISHES)), answers: rot }),
	literal: async (found) => ({ ...found, answers: (await ask(found)).said }),
	check: async (found) => {
		const { outcome } = await ask(found);
		const result = refusedWith(HPDU_CODES, outcome);
		if (result !== undefined) assertMessage(result);
	},
});

const CHUNKED =
	'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nstdvnm=a\r\n0\r\n\r\n';
const RAW = [answer('stdvnm=a'), CHUNKED, `HTTP/1.1 103 Early Hints\r\n\r\n${answer('stdvnm=a')}`].map(
	(text) => Buffer.from(text, 'latin1'),
);

const spoiltBytes = asyncTarget({
	name: 'hpdu-http',
	what: 'Bytes in the place of an answer are an answer or an error of the transport, and a write is never sent twice.',
	share: 0.3,
	cases: mutated(RAW),
	check: async (bytes) => {
		const time = new ManualTime(NOW);
		const server = await RawServer.open([(socket) => void socket.end(bytes)]);
		const transport = new HttpTransport({ host: '127.0.0.1', port: server.port }, time, () =>
			time.monotonic(),
		);
		const { signal } = new AbortController();
		const request = { path: '/register/stdvnm', headers: {}, body: 'stdvnm=a', timeout: 5000, signal };
		try {
			await transport.send({ method: 'POST', ...request, isRepeatable: false });
		} catch (error) {
			if (!(error instanceof TransportError)) throw error;
		} finally {
			await transport.close();
			await server.close();
		}
		assert.equal(server.lines.length, 1);
	},
});

export const HPDU_CLIENT_TARGETS: readonly Target[] = [spoiltAnswers, spoiltBytes];
