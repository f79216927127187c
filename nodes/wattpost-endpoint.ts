/** Config node `wattpost-endpoint`: turns a panel's fields into a place at which devices connect. */
import { type ConfigChoice, hasConfigNode } from './adapter/choice.js';
import { openEndpoint, reservedPaths, type TlsConfig } from './adapter/http-server/index.js';
import { defineNode, type NodeContext } from './adapter/node.js';
import type { NodeRed } from './adapter/node-red.js';
import { flag, number, oneOf, text, urlPath } from './adapter/values.js';

const MEBIBYTE = 1024 * 1024;

const TLS: ConfigChoice = {
	...{ property: 'useTls', values: ['false', 'true'], field: 'tls', type: 'tls-config' },
};

function open(context: NodeContext) {
	const { RED, config } = context;
	const server = oneOf(config, 'server', ['node-red', 'own']);
	const tlsRequested = server === 'own' && hasConfigNode(config, TLS);
	const tls = tlsRequested ? (RED.nodes.getNode(text(config, 'tls')) as TlsConfig | null) : null;
	const endpoint = openEndpoint(RED, {
		server,
		host: text(config, 'host'),
		port: number(config, 'port', { min: 1, max: 65535, blank: 8480, isWhole: true }),
		path: urlPath(config, 'path', '/'),
		clientCert: oneOf(config, 'clientCert', ['none', 'optional', 'required']),
		maxBody: number(config, 'maxBody', { min: 1, max: 64 * MEBIBYTE, blank: MEBIBYTE, isWhole: true }),
		trustProxy: flag(config, 'trustProxy'),
		tlsRequested,
		...(tls && { tls }),
		report: (error) => context.fail(error),
	});
	context.onClose(() => endpoint.close());
	context.afterStart(() => endpoint.state.error && context.fail(endpoint.state.error));
	return { shared: endpoint };
}

export = (RED: NodeRed): void => {
	const settings = { wattpostEndpointReserved: { value: reservedPaths(RED), exportable: true } } as const;
	defineNode(RED, { type: 'wattpost-endpoint', settings, open });
};
