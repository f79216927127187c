/** The stand-in UPS of the demonstration, and how the flow knows it. */
export const DEVICE_ID = '8988228066680569990';

/** Id of its ups-device node in flow.json. */
export const DEVICE_NODE = 'demo-ups';

/** Made up for a device that does not exist: it protects nothing. */
export const HTTP_KEY = 'DEM0DEM0DEM0DEM0';

/** Seconds between two POSTs; a real UPS pauses for thirty. */
export const PERIOD = 3;
