/** The floor as a node inside a Node-RED, which gives its flow what was posted: the least that any node does. */
import type { Node, NodeConfig, NodeRed } from '../../../nodes/adapter/node-red.js';
import { createFloor } from './floor.js';

export const FLOOR_TYPE = 'bench-floor';

/** The panel, without which Node-RED does not load a node. */
export const FLOOR_PANEL = `<script type="text/javascript">RED.nodes.registerType('${FLOOR_TYPE}', {
	category: 'bench', defaults: { port: { value: 0 }, devices: { value: 1 } }, inputs: 0, outputs: 1 });</script>`;

export function register(RED: NodeRed): void {
	RED.nodes.registerType(FLOOR_TYPE, function (this: Node, config: NodeConfig) {
		RED.nodes.createNode(this, config);
		const floor = createFloor(Number(config.devices), (body) =>
			this.send({ payload: JSON.parse(body.toString()) }),
		);
		floor.listen(Number(config.port), '127.0.0.1');
		this.on('close', (_removed: boolean, done: () => void) => {
			floor.close(() => done());
			floor.closeAllConnections();
		});
	});
}
