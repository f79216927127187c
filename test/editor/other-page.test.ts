import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page, Response } from 'playwright-core';
import { HpduServer } from '../devices/hpdu/index.js';
import { type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import { launchBrowser } from './editor.js';
import { LIGHT_EDITOR } from './light.js';

/** What another page can make a browser send without a question to Node-RED first, by the way in which it does. */
const WAYS: Readonly<Record<string, string>> = {
	'a form': `form('application/x-www-form-urlencoded', [['host', fields.host], ['port', fields.port]])`,
	'a form that looks like JSON': `form('text/plain', [[JSON.stringify(fields).slice(0, -1) + ',"x":"', '"}']])`,
	'a form with files': `form('multipart/form-data', [['host', fields.host]])`,
	'a script': `fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body: JSON.stringify(fields) })`,
	'a beacon': `navigator.sendBeacon(url, new Blob([JSON.stringify(fields)], { type: 'text/plain' }))`,
};

/** A page with `url`, the fields of a test of a connection, and a function that submits a form of them. */
const pageFor = (url: string, port: number): string => `<!DOCTYPE html><script>
	const url = ${JSON.stringify(url)};
	const fields = { host: '127.0.0.1', port: '${port}', username: 'super', password: 'super' };
	function form(enctype, values) {
		const element = Object.assign(document.createElement('form'), { method: 'POST', action: url, enctype });
		for (const [name, value] of values)
			element.append(Object.assign(document.createElement('input'), { name, value }));
		document.body.append(element);
		element.submit();
	}
</script><body>Free gift cards</body>`;

describe('another page that is open in the browser', function () {
	this.timeout(patience(60_000));
	let nr: RunningNodeRed;
	let browser: Browser;
	let page: Page;
	let pdu: HpduServer;
	let server: Server;

	before(async function () {
		browser = await launchBrowser(this);
		pdu = await HpduServer.start({ users: [{ role: 'super', name: 'super', password: 'super' }] });
		nr = await startNodeRed({ version: 4, settings: LIGHT_EDITOR });
		const html = pageFor(`${nr.url}/wattpost/hpdu/test`, pdu.port);
		server = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end(html));
		await once(server.listen(0, '127.0.0.1'), 'listening');
	});
	beforeEach(async () => {
		page = await browser.newPage();
	});
	afterEach(() => page.close());
	after(async () => {
		await browser?.close();
		server?.close();
		await nr?.stop();
		await pdu?.close();
	});

	// The port alone makes it another page; the name also another site.
	for (const host of ['127.0.0.1', 'localhost']) {
		for (const [way, code] of Object.entries(WAYS)) {
			it(`at ${host} has no connection tested by ${way}`, async () => {
				await page.goto(`http://${host}:${(server.address() as AddressInfo).port}/`);
				const isTest = (response: Response): boolean => response.url().endsWith('/wattpost/hpdu/test');
				const answered = page.waitForResponse(isTest);
				await page.evaluate(`void ${code}`);
				assert.equal((await answered).status(), 403);
				assert.deepEqual(pdu.requests, []);
			});
		}
	}

	it('cannot read what panels may', async () => {
		await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
		const read = `fetch('${nr.url}/wattpost/credentials/ups-device').then((answer) => answer.text(), () => 'kept from it')`;
		const text = (await page.evaluate(read)) as string;
		assert.equal(/kept from it|panel-refused/.test(text), true, text);
	});
});
