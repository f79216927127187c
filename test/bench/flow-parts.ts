/** What the measured flows of all families share. */
import type { FlowNode } from '../nodes/harness/index.js';

export const TAB: FlowNode = { id: 'tab', type: 'tab', label: 'Benchmark' };

/** Where every node lies: nobody looks at them. */
export const POSITION = { z: 'tab', x: 100, y: 100 };

/** Where the messages go: a node that takes them and shows nothing. */
export const SINK: FlowNode = {
	...{ ...POSITION, id: 'sink', type: 'debug' },
	...{ active: false, complete: 'payload', wires: [] },
};

/** The event of Node-RED's process by which a function in a flow says that it is through. */
export const FLOW_THROUGH = 'flow-through';
