import assert from 'node:assert/strict';
import { type HelperFlow, startFlow } from './harness/helper.js';
import { env, fail, pduDevice, registerRead } from './hpdu-kit.js';
import { CATCH, TAB } from './kit.js';

describe('a PDU of which the configuration names what cannot be', () => {
	let nr: HelperFlow;
	before(async () => {
		nr = await startFlow({
			env: { PDU_PORT: '80.5' },
			flows: [
				...[TAB, CATCH, pduDevice('half', { port: 0 }, { port: env('PDU_PORT') })],
				...[pduDevice('tls', { port: 443 }, { tls: 'half' }), registerRead('of-half', { device: 'half' })],
				registerRead('of-tls', { device: 'tls' }),
			],
		});
	});
	after(() => nr.stop());

	it('a port with a fraction', async () => {
		const { code, message } = await fail(nr, 'of-half', { topic: 'stdvnm' });
		assert.equal(code, 'config-invalid');
		assert.match(message, /^Wrong value: port .*1\.\.65535/);
	});

	it('something else for a TLS configuration', async () => {
		const { code, message } = await fail(nr, 'of-tls', { topic: 'stdvnm' });
		assert.equal(code, 'config-missing');
		assert.match(message, /^Not chosen: tls\b/);
	});
});
