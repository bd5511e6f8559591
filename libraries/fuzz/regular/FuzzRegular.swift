// SPDX-License-Identifier: MIT
import Base
import FuzzInput
import Regular

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in run(Text(bytes)) }
  return 0
}

/// A byte of options, a line of pattern, and lines to be searched.
private func run(_ input: Text) {
  guard !input.isEmpty, let end = input.firstIndex(of: 0x0A, from: 1) else { return }
  let pattern = input[1..<end]
  let text = input[(end + 1)...]
  var options = RegularOptions()
  options.ignoresCase = input[0] & 4 != 0
  options.matchesWords = input[0] & 8 != 0
  options.matchesAll = input[0] & 16 != 0
  let syntaxes: [RegularSyntax] = [.basic, .extended, .literal, .shell]
  do throws(RegularExpressionError) {
    var matcher = try LineMatcher(
      [pattern], syntaxes[Int(input[0] & 3)], options, terminator: 0x0A)
    search(&matcher, text)
    let replaced = try RegularExpression(pattern).replacing(in: text, with: "<$1>")
    precondition(replaced.count <= RegularExpression.outputLimit)
  } catch { precondition(!error.message.isEmpty) }
}

/// Lines that are found fit when they are asked for alone, and the others do not.
private func search(_ matcher: inout LineMatcher, _ text: Text) {
  var place = 0
  var expected = matcher.nextLine(in: text.span, from: 0, to: text.count)
  while place < text.count {
    let stop = text.firstIndex(of: 0x0A, from: place) ?? text.count
    let line = text[place..<stop]
    let fits = matcher.matches(line.span)
    precondition(fits == (expected == place..<stop))
    if let places = try? matcher.matches(in: line.span) {
      precondition(fits || places.isEmpty)
    }
    place = stop + 1
    if fits {
      expected = matcher.nextLine(in: text.span, from: min(place, text.count), to: text.count)
    }
  }
  precondition(expected == nil)
}
