/** The floor as a process of its own. Argument: the number of devices that it knows. */
import type { AddressInfo } from 'node:net';
import { answerCalls, SELF } from '../calls.js';
import { createFloor } from './floor.js';

const server = createFloor(Number(process.argv[2]), () => undefined);
process.on('SIGTERM', () => process.exit());
server.listen(0, '127.0.0.1', () => {
	answerCalls(SELF, { port: (server.address() as AddressInfo).port });
});
