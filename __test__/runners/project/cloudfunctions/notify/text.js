exports.greeting = (name) => `Good morning, ${name}`
