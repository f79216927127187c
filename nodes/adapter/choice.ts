/**
 * Choices between a config node and doing without one. Node-RED leaves a blank field where a config node was deleted or
 * moved away: the choice is stored beside the field, so that this never makes a node do something else.
 */
import { ProtocolError } from '../protocol/common/errors.js';
import type { NodeContext } from './node.js';
import type { NodeConfig } from './node-red.js';
import { oneOf, text } from './values.js';

/** A choice, and the field that belongs to it. */
export interface ConfigChoice {
	/** The property that holds the choice. */
	readonly property: string;
	/** Its value for doing without a config node, and its value for having one; of a checkbox `false` and `true`. */
	readonly values: readonly [without: string, having: string];
	/** The property that names the config node. */
	readonly field: string;
	/** The type of the config node. */
	readonly type: string;
	/** What a flow means that was saved without the choice. By default the field decides: blank does without. */
	readonly absent?: string;
}

/**
 * Whether a node is to have a config node.
 * @throws ProtocolError `config-invalid` where it is chosen to have one and the field is blank
 */
export function hasConfigNode(config: NodeConfig, choice: ConfigChoice): boolean {
	const { property, values, field, type, absent = '' } = choice;
	const isBlank = text(config, field) === '';
	if (text(config, property) === '') return absent === '' ? !isBlank : absent === values[1];
	if (oneOf(config, property, values) === values[0]) return false;
	if (isBlank) throw notChosen(field, type);
	return true;
}

/** The error for a field that a deleted config node has left blank. */
function notChosen(property: string, expected: string): ProtocolError {
	return new ProtocolError('config-invalid', { property, value: '', expected, context: 'choice' });
}

/**
 * What the chosen config node shares; undefined where the node is to do without.
 * @throws ProtocolError `config-invalid` for a blank field, `config-missing` for one that names nothing that works
 */
export function useChosen<T>(context: NodeContext, choice: ConfigChoice): T | undefined {
	return hasConfigNode(context.config, choice) ? context.use<T>(choice.field) : undefined;
}
