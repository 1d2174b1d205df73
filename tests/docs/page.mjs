// What a browser's page has and Node has not: its address, here that of the newest letter's link.
globalThis.location = new URL(process.env.NEWEST_LINK);
