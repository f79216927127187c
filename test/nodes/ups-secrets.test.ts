import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { postOnce } from '../devices/ups/index.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { CATCH, TAB } from './kit.js';
import { commandOut, HURRIED, httpIn, makePost, nextState, send, standIn, upsDevice } from './ups-kit.js';

const SECRET = 'SECRETKEY7890XYZ';
/** As a person types it; neither form may leave. */
const TYPED = 'secr-etke-y789-0xyz';
const FORBIDDEN = [
	SECRET,
	TYPED,
	SECRET.toLowerCase(),
	Buffer.from(SECRET).toString('base64'),
	Buffer.from(SECRET).toString('hex'),
];

function filesBelow(folder: string): string[] {
	return readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.map((name) => join(folder, name))
		.filter((path) => statSync(path).isFile());
}

function assertHoldsNone(what: string, text: string): void {
	for (const word of FORBIDDEN) assert.equal(text.includes(word), false, `${what} holds the key`);
}

describe('the HTTP key of a UPS', () => {
	let nr: RunningNodeRed;
	const said: string[] = [];
	before(async () => {
		nr = await startNodeRed();
		const out = commandOut('out', { device: 'ups-U1' });
		await nr.deploy([TAB, CATCH, upsDevice('U1', HURRIED, TYPED), httpIn('in'), out]);
		const ups = standIn('U1', { key: SECRET });
		assert.equal((await postOnce(ups, nr.url)).result, 'ok');
		await nr.inject('out', { command: 'ui.beep' });
		await nextState(nr);
		await nr.inject('out', { command: 'nonsense' });
		await nr.error('ups-unknown-command').then((error) => said.push(inspect(error, { depth: 9 })));
		await postOnce(ups, nr.url);
		await send(makePost(nr.url, 'U1', { key: 'WRONGWRONGWRONG1' }));
		const twin = { ...upsDevice('U1', { id: 'twin' }, `${TYPED}-and-more`) };
		await nr.deploy([TAB, CATCH, upsDevice('U1', HURRIED, TYPED), twin, httpIn('in'), out]);
		await nr.error('ups-bad-key').then((error) => said.push(inspect(error, { depth: 9 })));
		await postOnce(ups, nr.url);
		await nr.sync();
	});
	after(() => nr.stop());

	it('is in no message, status, error or log line', async () => {
		said.push(inspect(nr.untakenMessages(), { depth: 12 }), inspect(nr.untakenErrors(), { depth: 12 }));
		said.push(inspect(nr.log), inspect(['in', 'out', 'ups-U1', 'twin'].map((id) => nr.badge(id))));
		assert.ok(said.join().includes('nonsense'));
		assertHoldsNone('what was said', said.join('\n'));
	});

	it('is not printed with the node that holds it', async () => {
		const shared = await nr.run((RED) => JSON.stringify(RED.nodes.getNode('ups-U1')?.shared));
		assert.equal(shared, '{"deviceId":"U1"}');
	});

	it('is in no answer of the admin API', async () => {
		for (const path of [
			'/flows',
			'/nodes',
			'/credentials/ups-device/ups-U1',
			'/settings',
			'/context/global',
		]) {
			const answer = await fetch(`${nr.url}${path}`, { headers: { accept: 'application/json' } });
			assert.equal(answer.status, 200, path);
			assertHoldsNone(path, await answer.text());
		}
		const credentials = await fetch(`${nr.url}/credentials/ups-device/ups-U1`);
		assert.deepEqual(await credentials.json(), { has_httpKey: true });
	});

	it('is in no file of the user directory', () => {
		const files = filesBelow(nr.userDir).filter((path) => !path.includes('node_modules'));
		assert.ok(files.some((path) => path.includes(`${join(nr.userDir, 'wattpost')}`)));
		for (const path of files) assertHoldsNone(path, readFileSync(path, 'latin1'));
	});
});
