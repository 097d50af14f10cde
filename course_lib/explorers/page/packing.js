// Reads what course_lib/explorers/packing.py has packed: bytes in a DataView, JSON and behind it 32-bit floats.

function unpacked(view) {
  const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength); // floats begin at a multiple of 4
  const length = new DataView(bytes).getUint32(0, true);
  const numbers = new Float32Array(bytes, 4 + length);
  const found = ([first, columns, rows]) =>
    rows === undefined
      ? numbers.subarray(first, first + columns)
      : Array.from({ length: rows }, (_, row) => found([first + row * columns, columns]));
  const filled = (data) => {
    if (data === null || typeof data !== "object") return data;
    if (data["#"]) return found(data["#"]);
    for (const name in data) data[name] = filled(data[name]);
    return data;
  };
  return filled(JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length))));
}
