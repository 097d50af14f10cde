// What the page says: WORDS stands before this, made from __init__.toml beside it.

const say = (name, values = {}) => WORDS[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
