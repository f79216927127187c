import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../editor/editor.js';
import { CHECKOUT, makeTempDir, removeDir } from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import { choosePduPort, findAbsences } from './absences.js';
import { Dashboard } from './dashboard.js';
import { hasDashboard, makeFlow } from './flow.js';
import { HTTP_KEY, PDU_PASSWORD, TOKEN } from './stand-ins.js';

async function listen(at = 0): Promise<{ server: Server; port: number }> {
	const server = createServer();
	server.listen(at, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	assert.ok(typeof address === 'object' && address !== null);
	return { server, port: address.port };
}

async function freePort(): Promise<number> {
	const { server, port } = await listen();
	server.close();
	await once(server, 'close');
	return port;
}

interface SavedNode {
	readonly id: string;
	readonly port?: unknown;
}

/** What a debug node has shown in the sidebar; the editor gets it over a WebSocket. */
interface Shown {
	readonly topic: string;
	readonly data: { readonly id: string; readonly msg: string };
}

/**
 * Resolves with what a debug node shows as soon as `isEnough` says so of everything that it has shown.
 * @param act is done once nothing more can be missed
 */
function shown(
	port: number,
	debugNode: string,
	isEnough: (all: string[]) => boolean,
	act: () => Promise<void> = async () => undefined,
): Promise<string[]> {
	const socket = new WebSocket(`ws://127.0.0.1:${port}/comms`);
	const texts: string[] = [];
	return new Promise((resolve, reject) => {
		socket.addEventListener('open', () => {
			socket.send(JSON.stringify({ subscribe: 'debug' }));
			act().catch(reject);
		});
		socket.addEventListener('error', () => reject(new Error('the editor has no connection')));
		socket.addEventListener('message', ({ data }) => {
			const all = [JSON.parse(String(data))].flat() as Shown[];
			const ours = all.filter((one) => one.topic === 'debug' && one.data.id === debugNode);
			texts.push(...ours.map((one) => one.data.msg));
			if (!isEnough(texts)) return;
			socket.close();
			resolve(texts);
		});
	});
}

const COMMANDS: Record<string, string> = {
	'demo-beep': 'ui.beep',
	'demo-text': 'ui.display_msg',
	'demo-shutdown': 'host.shutdown',
	'demo-reset': 'host.reset',
	'demo-cycle': 'power.cycle',
};

describe('the demonstration', function () {
	this.timeout(patience(60_000));
	let dir: string;
	let program: ChildProcess;
	let output: string;
	let ended: Promise<unknown>;

	/** In a process group of its own, so that the test can ask whether anything of it is left. */
	function start(port: number, args: string[] = []): void {
		output = '';
		const path = join(CHECKOUT, 'dist/test/demo/start.js');
		program = spawn(process.execPath, [path, '--dir', dir, ...args], {
			env: { ...process.env, PORT: String(port) },
			stdio: ['ignore', 'pipe', 'pipe'],
			detached: true,
		});
		for (const stream of [program.stdout, program.stderr]) stream?.on('data', (text) => (output += text));
		ended = once(program, 'exit');
	}

	/** Resolves when the program has printed this. */
	async function printed(text: string): Promise<void> {
		while (!output.includes(text)) {
			await Promise.race([ended, once(program.stdout ?? program, 'data')]);
			if (program.exitCode !== null && !output.includes(text)) assert.fail(`no "${text}":\n${output}`);
		}
	}

	const groupLives = (): boolean => {
		try {
			return process.kill(-(program.pid ?? 0), 0);
		} catch {
			return false;
		}
	};

	function prepare(): void {
		dir = makeTempDir();
	}

	function cleanUp(): void {
		if (groupLives()) process.kill(-(program.pid ?? 0), 'SIGKILL');
		removeDir(dir);
	}

	describe('that nobody has changed', () => {
		let port: number;
		before(async () => {
			prepare();
			port = await freePort();
			start(port, ['--period', '1']);
			await printed('Ctrl-C ends everything');
		});
		after(cleanUp);

		it('says where to look once more when every device talks, and then only what changes', async () => {
			await printed('[PDU]');
			await printed('[car]');
			await printed('[UPS]');
			await printed('All of them talk to Node-RED');
			const [, last = ''] = output.split('All of them talk to Node-RED');
			assert.match(last, new RegExp(`http://127\\.0\\.0\\.1:${port}/dashboard`));
			// A report each second, and a beat of the display every two: none of these gets a line.
			const lines = (label: string): number => output.split(`[${label}]`).length - 1;
			assert.ok(lines('UPS') <= 3 && lines('car') <= 3, output);
			assert.doesNotMatch(output, /GET \/ui\//);
		});

		describe('on its dashboard', () => {
			let browser: Browser;
			let dashboard: Dashboard;
			before(async function () {
				browser = await launchBrowser(this);
				dashboard = await Dashboard.open(browser, `http://127.0.0.1:${port}`);
			});
			afterEach(() => assert.deepEqual(dashboard?.problems.splice(0), []));
			after(async () => {
				await dashboard?.close();
				await browser?.close();
			});

			it('shows a car that drives, and the way that it takes', async () => {
				await dashboard.show('car');
				await dashboard.until('State', /Driving[\s\S]*Simulated car[\s\S]*online/);
				await Promise.all([
					dashboard.changes('Speed', /\d+(\.\d)?(?=\s*km\/h)/),
					dashboard.changes('Position', /\d+\.\d+, \d+\.\d+/),
				]);
				const link = dashboard.group('Position').getByRole('link');
				assert.match(
					String(await link.getAttribute('href')),
					/^https:\/\/www\.openstreetmap\.org\/\?mlat=52\./,
				);
				assert.ok(await dashboard.group('Position').locator('polyline').isVisible());
			});

			it('shows input, output and battery of a UPS, and what has happened', async () => {
				await dashboard.show('ups');
				await dashboard.until('State', /On (mains|battery)[\s\S]*Last report/);
				await dashboard.until('Input', /\d+(\.\d+)?\s*V/);
				await dashboard.until('Output', /5(\.\d+)?\s*V/);
				await dashboard.until('Timeline', /The UPS reports/);
				await Promise.all([
					dashboard.changes('State', /Last report.*(?=,)/),
					dashboard.changes('Battery', /\d+(\.\d)?(?=\s*%)/),
				]);
			});

			it('sends a UPS commands, and shows what becomes of them', async () => {
				await dashboard.press('Beep');
				await dashboard.until('Timeline', /Beep: taken by the UPS/);
				await dashboard.until('Commands', /Beep\s*taken by the UPS/);
				await dashboard.press('Show');
				await dashboard.until('Timeline', /Message “Hello from Node-RED”: taken by the UPS/);
			});

			it('asks before it restarts the Raspberry Pi or takes its power', async () => {
				await dashboard.press('Shut the Pi down');
				await dashboard.answer('Shut the Raspberry Pi down?', 'No');
				await dashboard.press('Restart the Pi');
				await dashboard.answer('Restart the Raspberry Pi?', 'Yes');
				await dashboard.until('Timeline', /Restart the Pi: taken by the UPS/);
				assert.doesNotMatch(await dashboard.group('Timeline').innerText(), /Shut the Pi down/);
			});

			it('shows phases and outlets of a PDU, and turns the pages of its display', async () => {
				await dashboard.show('pdu');
				await dashboard.until('State', /(No alert|Alert)[\s\S]*Simulated PDU/);
				await dashboard.until('Outlets', /1 Server 1\s*(on|off)[\s\S]*27 Server 27\s*(on|off)/);
				await dashboard.until('Display', /Page 1 of \d+/);
				const picture = dashboard.group('Display').getByRole('img', { name: 'The display of the PDU' });
				const first = await picture.getAttribute('src');
				assert.match(String(first), /^data:image\/png;base64,/);
				await dashboard.press('Next');
				await dashboard.until('Display', /Page 2 of/);
				assert.notEqual(await picture.getAttribute('src'), first);
				await dashboard.press('Back');
				await dashboard.until('Display', /Page 1 of/);
				await dashboard.changes('L1', /\d+(\.\d+)?(?=\s*A)/);
			});
		});

		describe('in its editor, and at its end', () => {
			/** Presses the button of an inject node. */
			async function press(button: string): Promise<void> {
				const answer = await fetch(`http://127.0.0.1:${port}/inject/${button}`, { method: 'POST' });
				assert.equal(answer.status, 200, button);
			}

			it('has buttons for the name of the PDU, and for the units behind it', async () => {
				const shownAfter = async (debugNode: string, ...buttons: string[]): Promise<string[]> =>
					shown(
						port,
						debugNode,
						({ length }) => length === buttons.length,
						async () => {
							for (const button of buttons) await press(button);
						},
					);
				const [stored = ''] = await shownAfter('demo-pdu-stored', 'demo-pdu-rename');
				assert.deepEqual(JSON.parse(stored), { stdvnm: 'Rack 7' });
				const [error = ''] = await shownAfter('demo-pdu-errors', 'demo-pdu-switch');
				assert.match(error, /swocst_1 \(403\)/);
				const [units = ''] = await shownAfter('demo-pdu-units', 'demo-pdu-find');
				assert.equal(JSON.parse(units).length, 3);
			});

			it('has a button for each command, and the stand-in UPS obeys', async () => {
				const acked = (all: string[]): string[] =>
					all
						.map((text) => JSON.parse(text))
						.flatMap(({ command, state }) => (state === 'acked' ? [command] : []));
				const states = shown(port, 'demo-states', (all) => acked(all).length === 5);
				for (const button of Object.keys(COMMANDS)) await press(button);
				assert.deepEqual(acked(await states).sort(), Object.values(COMMANDS).sort());
				for (const command of Object.values(COMMANDS)) await printed(`does ${command}`);
			});

			it('leaves nothing behind after Ctrl-C', async () => {
				program.kill('SIGINT');
				assert.deepEqual(await once(program, 'exit'), [0, null]);
				assert.equal(groupLives(), false);
				await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
				for (const file of ['flows.json', 'flows_cred.json']) {
					const text = readFileSync(join(dir, file), 'utf8');
					for (const secret of [HTTP_KEY, TOKEN, PDU_PASSWORD])
						assert.equal(text.includes(secret), false, file);
				}
			});
		});
	});

	it('has the examples for the dashboard in it, with the stand-in devices as the user has a device of his own', () => {
		const places = { url: 'http://127.0.0.1:1999', pduPort: 8580, period: 3 };
		const flow = makeFlow(places) as { id: string; type: string; label?: string; wires?: string[][] }[];
		const tabs = flow.flatMap(({ type, label }) => (type === 'tab' ? [label] : []));
		assert.deepEqual(tabs, ['Start here', 'UPS', 'Car', 'PDU']);
		const ids = new Set(flow.map(({ id }) => id));
		assert.equal(ids.size, flow.length);
		const wired = flow.flatMap(({ wires = [] }) => wires.flat());
		assert.deepEqual(
			wired.filter((id) => !ids.has(id)),
			[],
		);
		assert.equal(flow.filter(({ type }) => type === 'ups-device').length, 1);
		assert.match(JSON.stringify(flow), /http:\/\/127\.0\.0\.1:1999\/dashboard\/car/);
		assert.equal(hasDashboard(new Map(flow.map((node) => [node.id, node]))), true);
		assert.equal(hasDashboard(new Map([['demo-ups', { id: 'demo-ups', type: 'ups-device' }]])), false);
	});

	it('lets the stand-in PDU stay away where the saved flow asks another one', async () => {
		const saved = (host: string, port: unknown) => new Map([['demo-pdu', { id: 'demo-pdu', host, port }]]);
		assert.equal(await choosePduPort(saved('127.0.0.1', '8580')), 8580);
		for (const [host, port] of [
			['192.0.2.10', '8580'],
			['127.0.0.1', ''],
			['127.0.0.1', '70000'],
		] as const) {
			assert.equal(await choosePduPort(saved(host, port)), undefined);
		}
		const places = { url: 'http://127.0.0.1:1880', pduPort: undefined, period: 3 };
		const absences = await findAbsences(saved('192.0.2.10', ''), places);
		const noNode = 'stays away: your saved flow has no node for it. npm start -- --fresh brings it back.';
		assert.deepEqual(
			[...absences.values()],
			[
				`The simulated UPS ${noNode}`,
				`The simulated car ${noNode}`,
				'The simulated PDU stays away: your saved flow asks another PDU. npm start -- --fresh brings it back.',
			],
		);
		assert.equal((await findAbsences(undefined, { ...places, pduPort: await freePort() })).size, 0);
	});

	describe('started', () => {
		beforeEach(prepare);
		afterEach(cleanUp);

		it('keeps what was changed in the editor, until it is told to start over', async () => {
			const port = await freePort();
			const names = async (): Promise<string[]> => {
				const nodes = (await (await fetch(`http://127.0.0.1:${port}/flows`)).json()) as { name?: string }[];
				return nodes.map(({ name }) => name ?? '');
			};
			const end = async (): Promise<void> => {
				program.kill('SIGTERM');
				assert.deepEqual(await once(program, 'exit'), [0, null]);
			};
			start(port);
			await printed('Ctrl-C');
			const flows = (await (await fetch(`http://127.0.0.1:${port}/flows`)).json()) as SavedNode[];
			const pduPort = Number(flows.find(({ id }) => id === 'demo-pdu')?.port);
			const without = flows.filter(({ id }) => id !== 'demo-car');
			const note = { id: 'mine', type: 'comment', z: 'demo-start', name: 'my own note', wires: [] };
			const headers = { 'content-type': 'application/json' };
			await fetch(`http://127.0.0.1:${port}/flows`, {
				method: 'POST',
				headers,
				body: JSON.stringify([...without, note]),
			});
			await end();

			const { server } = await listen(pduPort);
			start(port);
			await printed('Ctrl-C');
			await printed('The simulated car stays away');
			await printed(`The simulated PDU stays away: port ${pduPort}, where your saved flow asks it, is taken`);
			assert.ok((await names()).includes('my own note'));
			await end();
			server.close();

			start(port, ['--fresh']);
			await printed('Ctrl-C');
			assert.equal((await names()).includes('my own note'), false);
			await end();
		});

		it('says what to do when the port is taken', async () => {
			const { server, port } = await listen();
			start(port);
			const [code] = await once(program, 'close');
			assert.equal(code, 1);
			assert.match(output, new RegExp(`Port ${port} is taken[\\s\\S]*PORT=\\d+ npm start`));
			server.close();
		});

		it('says that a port is not a number', async () => {
			start(Number.NaN);
			const [code] = await once(program, 'close');
			assert.deepEqual([code, output.trim()], [1, 'PORT must be a number from 1 to 65535, not "NaN".']);
		});

		it('ends with the exit code of Node-RED', async () => {
			const port = await freePort();
			start(port);
			await printed('Ctrl-C');
			const crash = {
				id: 'crash',
				type: 'function',
				z: 'demo-tab',
				func: '',
				initialize: '',
				libs: [],
				wires: [],
			};
			const flow = [
				{ id: 'demo-tab', type: 'tab' },
				{ ...crash, func: 'Promise.reject(new Error("the end"));' },
				{ id: 'now', type: 'inject', z: 'demo-tab', once: true, onceDelay: 0, props: [], wires: [['crash']] },
			];
			const headers = { 'content-type': 'application/json' };
			await fetch(`http://127.0.0.1:${port}/flows`, { method: 'POST', headers, body: JSON.stringify(flow) });
			const [code] = await once(program, 'exit');
			assert.equal(code, 1);
			assert.equal(groupLives(), false);
		});
	});
});
