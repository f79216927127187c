/** The state of a store, and the errors that say what is wrong with it. Listeners that throw stop nothing. */
import { ProtocolError } from '../../protocol/common/errors.js';
import type { StoreState } from '../../protocol/common/store.js';

export class CurrentState {
	value: StoreState = { name: 'opening' };
	private readonly listeners = new Set<(state: StoreState) => void>();

	constructor(private readonly options: { report(error: ProtocolError): void }) {}

	listen(listener: (state: StoreState) => void): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	become(state: StoreState): void {
		if (this.value.name === state.name && this.value.error?.message === state.error?.message) return;
		this.value = state;
		for (const listener of this.listeners) {
			try {
				listener(state);
			} catch (error) {
				this.reportInternal(error);
			}
		}
	}

	report(error: ProtocolError): void {
		try {
			this.options.report(error);
		} catch {
			// Whoever is told must not be able to stop the store.
		}
	}

	reportInternal(error: unknown): void {
		this.report(new ProtocolError('internal', { reason: String(error) }, error));
	}
}

export function unavailable(reason: string): ProtocolError {
	return new ProtocolError('store-unavailable', { reason });
}

export function outcomeUnknown(reason: string): ProtocolError {
	return new ProtocolError('store-outcome-unknown', { reason });
}
