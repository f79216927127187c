// Loaded in front of the programs that the demonstration starts: however it ends, they end with it.
process.on('disconnect', () => process.exit(1));
// The channel alone must not keep a program running that has nothing more to do.
process.channel?.unref();
