/** Reads numbers that stand between bytes which are known beforehand. */

const [MINUS, POINT, ZERO, NINE, COMMA, CLOSE] = [0x2d, 0x2e, 0x30, 0x39, 0x2c, 0x7d];

/** Up to here a whole number and a power of ten are exact, so that one division gives the nearest number. */
const EXACT_DIGITS = 15;
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, digits) => 10 ** digits);

export class Scanner {
	/** The last number taken. */
	number = 0;
	private at = 0;
	private passed = 0;
	/** The digits taken last, as a whole number. */
	private digits = 0;

	/** @param fixed what stands between the numbers, all in one */
	constructor(
		private readonly bytes: Buffer,
		private readonly fixed: Buffer,
	) {}

	get isAtEnd(): boolean {
		return this.at === this.bytes.length;
	}

	/** Goes over what is known, up to an index in `fixed`; false where something else stands there. */
	passFixed(end: number): boolean {
		const { bytes, fixed } = this;
		let { at, passed } = this;
		while (passed < end) if (bytes[at++] !== fixed[passed++]) return false;
		this.at = at;
		this.passed = passed;
		return true;
	}

	/** Takes a JSON number without an exponent that a comma or a brace follows; false where there is none. */
	takeNumber(): boolean {
		const { bytes } = this;
		const start = this.at;
		const isNegative = bytes[start] === MINUS;
		if (isNegative) this.at++;
		this.digits = 0;
		const first = bytes[this.at];
		const whole = this.takeDigits();
		if (whole === 0 || (whole > 1 && first === ZERO)) return false;
		const hasFraction = bytes[this.at] === POINT;
		if (hasFraction) this.at++;
		const decimals = hasFraction ? this.takeDigits() : 0;
		const next = bytes[this.at];
		if ((hasFraction && decimals === 0) || (next !== COMMA && next !== CLOSE)) return false;
		if (whole + decimals > EXACT_DIGITS) this.number = Number(bytes.toString('latin1', start, this.at));
		else {
			const value = this.digits / (POWERS[decimals] ?? 1);
			this.number = isNegative ? -value : value;
		}
		return Number.isFinite(this.number);
	}

	/** Goes over digits, and gives how many there are. */
	private takeDigits(): number {
		const { bytes } = this;
		let { at, digits } = this;
		const start = at;
		for (let code = bytes[at]; code !== undefined && code >= ZERO && code <= NINE; code = bytes[++at]) {
			digits = digits * 10 + (code - ZERO);
		}
		this.at = at;
		this.digits = digits;
		return at - start;
	}
}
