// SPDX-License-Identifier: MIT
import ABI
import Base
import FuzzInput
import TextUtilities
import UtilityFrame
import UtilityModel

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in run(Text(bytes)) }
  return 0
}

/// All but the one that never ends.
private let table = UtilityTable(textUtilities.filter { "\($0.name)" != "yes" })

/// A line of words, the first of which is a utility's name or chooses one by its first byte; what
/// follows is standard input, and what is in two files.
private func run(_ input: Text) {
  guard !input.isEmpty else { return }
  let end = input.firstIndex(of: 0x0A) ?? input.count
  var words = input[0..<end].split(at: 0x20)
  if table.find(words[0]) == nil {
    let number = Int(words[0].isEmpty ? 0 : words[0][0]) % table.utilities.count
    words[0] = Text(table.utilities[number].name)
  }
  let rest = Array(input.bytes.dropFirst(end + 1))
  let system = ModelSystem()
  system.put("/a", String(decoding: rest, as: UTF8.self))
  system.put("/d/b", "one two\nthree\n")
  system.putLink("/l", to: "a")
  system.put("/bin/echo", "", mode: 0o755)
  system.variables = ["PATH=/bin"]
  system.input = rest
  // Who follows a file does not wait for ever.
  system.meanwhile = { _ throws(SystemError) in throw .gone }
  let status = table.run(words, system)
  precondition(status >= 0 && status < 256)
  precondition(system.openCount == 0, "a file was left open")
}
