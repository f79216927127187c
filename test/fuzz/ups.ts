/** What a UPS sends, and what a flow gives for it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isShallowObject, parseJson } from '../../nodes/protocol/common/json.js';
import { answerBody, MAX_ANSWER_BYTES, queued } from '../../nodes/protocol/ups/command-state.js';
import {
	COMMAND_NAMES,
	collectArguments,
	decodeTelemetry,
	hasNetworkTime,
	isAuthentic,
	parseArguments,
	parseCommandName,
	parseKey,
	readSignedHead,
} from '../../nodes/protocol/ups/index.js';
import { parseDeviceId } from '../../nodes/protocol/ups/settings.js';
import { answeredSigned, encodePost, UpsDevice } from '../devices/ups/index.js';
import { ID, isRefusal, KEY, Site, START } from '../protocol/ups/site.js';
import { assertJson, assertMessage, refusedWith, toldBy } from './invariants.js';
import { anything, mutated, mutatedText } from './mutations.js';
import { asyncTarget, type Target, target } from './target.js';

const URL = 'http://ups.example';

/** What a UPS posts in its various states. */
function bodies(): Buffer[] {
	const all: Buffer[] = [];
	for (const powerVersion of [1, 2, 7]) {
		for (const firmware of ['esp32:0.8.17', 'esp32:0.8.4']) {
			const ups = new UpsDevice({ deviceId: ID, key: KEY, startAt: START, powerVersion, firmware });
			for (const happen of [
				() => ups.setMains(false),
				() => ups.setFaults(0xfff),
				() => ups.rebootPowerBoard(),
			]) {
				ups.advanceToPost();
				all.push(ups.buildPost(URL).body);
				happen();
			}
			ups.advanceToPost();
			const post = ups.buildPost(URL);
			const command = { id: 'c1', cmd: 'ui.beep', args: {} };
			ups.takeAnswer(post, answeredSigned(post, KEY, { commands: [command] }));
			ups.advanceToPost();
			all.push(ups.buildPost(URL).body);
		}
	}
	return all;
}

const BODIES = bodies();
const SAMPLE = BODIES[0] ?? Buffer.alloc(0);
const GENUINE = encodePost({
	...{ url: URL, deviceId: ID, key: KEY, ts: '1795200781', nonce: '2bee6844d6b90e94', body: SAMPLE },
});
const UPS_KEY = parseKey(KEY);

const telemetry = target({
	name: 'ups-telemetry',
	what: 'A body is decoded into what JSON can hold, or is no shallow object of JSON.',
	share: 30,
	cases: mutated(BODIES),
	check: (bytes) => {
		const body = parseJson(bytes);
		if (!isShallowObject(body, 32)) return;
		const { payload, acks, rejected, odd, responseDropped, ...facts } = decodeTelemetry(body);
		assertJson({ payload, acks, rejected, odd });
		assertMessage({ ...facts, ...responseDropped });
		assert.ok([...acks, ...odd].every((text) => typeof text === 'string'));
	},
});

const header = (genuine: string) =>
	fc.oneof(
		{ weight: 3, arbitrary: fc.constant<string | string[] | undefined>(genuine) },
		{ weight: 3, arbitrary: mutatedText([genuine], 2) },
		{ weight: 1, arbitrary: fc.constantFrom(undefined, [genuine], genuine.toUpperCase(), ` ${genuine}`) },
	);

const signature = target({
	name: 'ups-signature',
	what: 'A head is genuine or refused, and a POST is authentic only as it was signed.',
	share: 20,
	cases: fc.tuple(
		header(GENUINE.ts),
		header(GENUINE.nonce),
		header(GENUINE.signature),
		fc.oneof(fc.constant(SAMPLE), mutated([SAMPLE], 1)),
	),
	check: ([ts, nonce, sig, body]) => {
		const headers = { 'x-w3pups-ts': ts, 'x-w3pups-nonce': nonce, 'x-w3pups-sig': sig } as Record<
			string,
			string
		>;
		const head = readSignedHead(headers);
		if (typeof head === 'string') {
			assert.ok(['bad-timestamp', 'bad-nonce', 'bad-signature'].includes(head));
			return;
		}
		const isGenuine =
			ts === GENUINE.ts &&
			nonce === GENUINE.nonce &&
			String(sig).toLowerCase() === GENUINE.signature &&
			body.equals(SAMPLE);
		assert.equal(hasNetworkTime(head) && isAuthentic(UPS_KEY, head, body), isGenuine);
	},
});

const words = fc.oneof(
	{ weight: 2, arbitrary: anything },
	{ weight: 1, arbitrary: fc.nat(70_000) },
	{ weight: 1, arbitrary: mutatedText(['Power is back', 'two\nrows', '65535', 'Z\xfcrich'], 3) },
);
const argumentNames = ['freq_hz', 'dur_ms', 'delay_s', 'off_ms', 'text', '__proto__', 'line'];
const given = fc.oneof(words, fc.dictionary(fc.constantFrom(...argumentNames), words, { maxKeys: 4 }));

const commandArguments = target({
	name: 'ups-arguments',
	what: 'Arguments of a command are refused with a code, or fit into an answer that a UPS takes.',
	cases: fc.tuple(fc.constantFrom(...COMMAND_NAMES), given, given, fc.boolean()),
	check: ([command, display, payload, mayClear]) => {
		const args = refusedWith(['ups-bad-argument'], () =>
			parseArguments(command, collectArguments(command, { fields: {}, display, payload }), mayClear),
		);
		if (args === undefined) return;
		assertJson(args);
		const order = { id: 'c'.repeat(31), nodeId: 'n', command, args, maxAge: 0 };
		assert.ok(Buffer.byteLength(answerBody([queued(order, [], 0)])) <= MAX_ANSWER_BYTES);
	},
});

const typed = target({
	name: 'ups-words',
	what: 'Keys, device ids and names of commands are taken or refused with a code that does not repeat a key.',
	cases: fc.oneof(
		mutatedText([KEY, 'abcd-efgh-jkmn-pqrs', ID, 'host.shutdown', 'ui.beep']).map((text): unknown => text),
		anything,
	),
	check: (value) => {
		if (typeof value === 'string') {
			try {
				parseKey(value);
			} catch (error) {
				refusedWith(['ups-bad-key'], () => {
					throw error;
				});
				if (value.trim().length > 8) assert.ok(!toldBy(error).includes(value.trim()));
			}
		}
		const id = refusedWith(['ups-bad-device-id', 'config-invalid'], () => parseDeviceId(value));
		if (id !== undefined) {
			assert.equal(id, String(value).replace(/\s/g, ''));
			assert.equal(parseDeviceId(id), id);
		}
		const name = refusedWith(['ups-unknown-command'], () => parseCommandName(value));
		if (name !== undefined) assert.equal(name, value);
	},
});

const reception = asyncTarget({
	name: 'ups-reception',
	what: 'A POST signed with the right key gets 200 or 400, and what flows are told of it is JSON.',
	share: 6,
	cases: fc.array(mutated(BODIES, 4), { minLength: 1, maxLength: 3 }),
	check: async (posts) => {
		const site = new Site().start();
		await site.queue('host.shutdown');
		for (const body of posts) {
			const decision = await site.post({ body });
			assert.ok([200, 400].includes(decision.status), String(decision.status));
			if (isRefusal(decision)) assert.ok(['bad-json', 'bad-body'].includes(decision.refused));
			site.time.setClock(site.time.now() + 1000);
		}
		assert.deepEqual([site.problems, site.failures], [[], []]);
		// The body itself goes along as JSON.parse has it, for which 1e999 is Infinity.
		const messages = site.messages.map(({ telemetry: _, ...message }) => message);
		assertMessage({ messages, events: site.events, reports: site.reports });
	},
});

export const UPS_TARGETS: readonly Target[] = [telemetry, signature, commandArguments, typed, reception];
