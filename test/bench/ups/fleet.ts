/** The UPSes that post in a benchmark: any number of them, the same in every process without being told. */

const KEY_DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** An ICCID-like id of 19 digits. */
export function deviceId(index: number): string {
	return `89882280666${String(index).padStart(8, '0')}`;
}

/** A key of the form that a UPS shows. */
export function deviceKey(index: number): string {
	return Array.from(
		{ length: 16 },
		(_, digit) => KEY_DIGITS[(index * 7 + digit * 13 + (index >> 5)) & 31],
	).join('');
}

/**
 * A telemetry body of firmware 0.8.17 with host and modem, about 640 bytes.
 * @param ts seconds since the epoch
 * @param sample makes the measured values differ
 */
export function telemetryBody(ts: number, sample: number): Buffer {
	const noise = sample % 40;
	const power = {
		version: 2,
		...{ flags: 31, charge_state: 3, vbus_in_mv: 15020 + noise, pd_in_mv: 15000, pd_in_ma: 3000 },
		...{ vbus_out_mv: 5130 + noise, vout_set_mv: 5150, vout_read_mv: 5148, iout_limit_ma: 5000 },
		...{ pd_out_mv: 5120, pd_out_ma: 5000, vbat_mv: 8210 + noise, ibat_ma: noise, vsys_mv: 8400 },
		...{
			iin_ma: 611 + noise,
			temp_lm_dc: 312 + noise,
			temp_mp_dc: 365,
			temp_dc: 365,
			faults: 0,
			uptime_s: ts % 1e6,
		},
	};
	const host = {
		...{ eth_state: 21, cpu_temp_dc: 523 + noise, mem_pct: 63, disk_pct: 41, load_x100: 112 + noise },
		uptime_s: ts % 1e6,
	};
	const net = {
		...{ state: 4, rssi_dbm: -71 - (noise % 9), rsrp_dbm: -98, rsrq_db: -11, sinr_db: 12 },
		...{ bytes_tx: 1_200_000 + sample, bytes_rx: 400_000 + sample },
	};
	return Buffer.from(
		JSON.stringify({ ts, fw_ver: 'esp32:0.8.17', uptime_s: ts % 1e6, power, host, net, acks: [] }),
	);
}
