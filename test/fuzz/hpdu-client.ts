/** A PDU whose answers are spoilt on their way, once as answers and once as the bytes of HTTP. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HttpTransport } from '../../nodes/protocol/hpdu/http-transport.js';
import {
	type DisplayWish,
	look,
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
import { assertMessage, rejectedWith } from './invariants.js';
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

/** The stand-in without a network, with answers that are spoilt. */
class RottenPdu implements Transport {
	readonly time = new ManualTime(NOW);
	private readonly device = new HpduDevice({ startAt: NOW });
	private readonly hosts = new PduHosts({ clock: this.time, timers: this.time }, () => this);
	private answers = 0;

	constructor(private readonly rot: Rot) {}

	client(): PduClient {
		const settings = { label: 'rack', username: 'super', password: 'super', timeout: 5000, minInterval: 0 };
		return new PduClient(settings, () => this.hosts.join({ host: 'pdu', port: 80 }, undefined), this.time);
	}

	async send({ method, path, headers, body = '' }: Parameters<Transport['send']>[0]) {
		const said = this.device.handle({ method, path, authorization: headers.authorization, body });
		if (said === undefined) throw new TransportError('unreachable', 'closed');
		const { status, type = '', body: bytes } = said;
		if (this.answers++ < this.rot.from) return { status, mediaType: type, body: bytes };
		return {
			status: this.rot.status ?? status,
			mediaType: this.rot.mediaType ?? type,
			body: spoilt(bytes, this.rot.body),
		};
	}

	async close(): Promise<void> {}
}

const READ = { read: 'registers', registers: '', group: '', unit: '', format: 'values' } as const;
const WRITE: WriteWish = {
	...{ write: 'registers', register: '', value: '', payload: undefined, saveGroup: '' },
	...{ hardwareId: '', unitAddress: '', unit: '', onMismatch: 'error' },
};
const LOOK: DisplayWish = {
	...{ action: 'image', format: 'text', scale: '', rotate: '', invert: '', bitOrder: '', page: '' },
	...{ button1: '', button2: '' },
};

const WISHES: readonly ((client: PduClient) => Promise<unknown>)[] = [
	(client) => read(client, { ...READ, registers: 'stdvnm' }),
	(client) => read(client, { ...READ, registers: 'imcrac idfwvs stolnm_30' }),
	(client) => read(client, { ...READ, read: 'group', group: 'identification' }),
	(client) => read(client, { ...READ, read: 'readable' }),
	(client) => read(client, { ...READ, read: 'scan' }),
	(client) => write(client, { ...WRITE, register: 'stdvnm', value: 'Rack 6' }, () => undefined),
	(client) => write(client, { ...WRITE, payload: { stinnm: ['a', 'b', 'c'] } }, () => undefined),
	(client) =>
		write(
			client,
			{ ...WRITE, write: 'address', hardwareId: '42534-6129-0', unitAddress: 5 },
			() => undefined,
		),
	(client) => look(client, LOOK),
	(client) => look(client, { ...LOOK, action: 'status' }),
	(client) => look(client, { ...LOOK, action: 'page', page: 2 }),
];

const spoiltAnswers = asyncTarget({
	name: 'hpdu-client',
	what: 'What is read, written or looked at comes whole or as an error with a code, whatever the answers are.',
	share: 3,
	cases: fc.tuple(fc.nat(WISHES.length - 1), rot),
	check: async ([number, how]) => {
		const wish = WISHES[number] ?? assert.fail();
		const outcome = await rejectedWith(HPDU_CODES, () => wish(new RottenPdu(how).client()));
		if (outcome !== undefined) assertMessage(outcome);
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
