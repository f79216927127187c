import { type ErrorCode, ProtocolError } from '../../nodes/protocol/common/errors.js';

/** For `assert.throws` and `assert.rejects`: a coded error, whatever its words. */
export function coded(code: ErrorCode, params?: Readonly<Record<string, unknown>>) {
	return (error: unknown): boolean => {
		if (!(error instanceof ProtocolError) || error.code !== code) throw error;
		for (const [name, value] of Object.entries(params ?? {})) {
			if (error.params[name] !== value) throw error;
		}
		return true;
	};
}
