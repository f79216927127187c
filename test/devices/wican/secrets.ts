/**
 * The owner's secrets, all made up: what a `status` of firmware up to 4.44 gives away. Each is found by searching
 * for it, since it occurs nowhere else.
 */
export const OWNER = {
	sta_ssid: 'Kolibri-Garage-5G',
	sta_pass: 'sta"Zaunkoenig\\4711',
	home_ssid: 'Kolibri-Home-2G',
	home_password: 'home-Wendehals-8842',
	drive_ssid: 'Kolibri-Hotspot-LTE',
	drive_password: 'drive-Mauersegler-1306',
	batt_alert_ssid: 'Kolibri-Alarm-Net',
	batt_alert_pass: 'alert-Rotmilan-5520',
	batt_alert_url: 'mqtt://alarm.kolibri-broker.example',
	batt_alert_port: '28839',
	batt_mqtt_user: 'kolibri-battery-user',
	batt_mqtt_pass: 'batt-Eisvogel-9071',
	mqtt_url: 'mqtts://broker.kolibri-broker.example',
	mqtt_port: '28857',
	mqtt_user: 'kolibri-mqtt-user',
	mqtt_pass: 'mqtt\\Sperber"3318',
	mqtt_cert_set: 'kolibri-certset',
	sta_ip: '192.168.178.213',
	vpn_ip: '10.137.41.9',
	dns_main: '192.168.178.254',
	dns_backup: '9.137.41.10',
	ap_ssid: 'Kolibri-Dongle-AP',
	batt_alert_topic: 'kolibri/alarm/battery',
} as const;

/** The user's token at A Better Routeplanner, where a device has no other. */
export const ABRP_TOKEN = 'kolibri-abrp-0f5e7a';

/**
 * What no message, status text, log line, route or file may show with default settings: each secret as it is, and
 * as it stands in a JSON text where that is different.
 */
export const SECRET_VALUES: readonly string[] = [
	...new Set(
		[...Object.values(OWNER), ABRP_TOKEN].flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]),
	),
];
