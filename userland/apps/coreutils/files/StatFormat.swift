// SPDX-License-Identifier: MIT
import Base
import Core
import UtilityFrame

/// Formats of `stat`: letters behind `%`, with a width or without.
enum StatFormat {
  /// - Parameter value: what a letter stands for; `nil` if for nothing.
  static func put(_ format: Text, _ invocation: Invocation, _ value: (UInt8) -> Text?) {
    var index = 0
    while index < format.count {
      let byte = format[index]
      index += 1
      guard byte == UInt8(ascii: "%"), index < format.count else {
        invocation.output.put(byte)
        continue
      }
      // `%-10s` and `%10s` are filled.
      let start = index
      let isLeft = format[index] == UInt8(ascii: "-")
      if isLeft { index += 1 }
      var width = 0
      while index < format.count, format[index].isASCIIDigit, width < 1000 {
        width = width * 10 + Int(format[index] - 0x30)
        index += 1
      }
      guard index < format.count, let value = value(format[index]) else {
        invocation.output.put("%")
        index = start
        continue
      }
      invocation.output.put(value, width: width, alignment: isLeft ? .left : .right)
      index += 1
    }
  }
}
