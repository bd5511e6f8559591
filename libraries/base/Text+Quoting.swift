// SPDX-License-Identifier: MIT
import Core

extension Text {
  /// The text as a message shows it: in single quotes, with bytes that would garble a terminal as
  /// `\xNN`. Bytes above 0x7F are taken for letters of other scripts.
  @export(interface)
  public var quotedForMessage: Text {
    Text { result in
      result.put(0x27)
      for byte in bytes {
        if byte < 0x20 || byte == 0x7F || byte == 0x27 || byte == 0x5C {
          result.put("\\x")
          result.put(hexadecimal: UInt64(byte), digits: 2)
        } else {
          result.put(byte)
        }
      }
      result.put(0x27)
    }
  }

  /// The text as one word of a shell command: as it is if no shell gives its bytes a meaning,
  /// otherwise in single quotes, with single quotes of its own as `'\''`.
  @export(interface)
  public var quotedForShell: Text {
    guard isEmpty || bytes.contains(where: { !$0.isPlainInShell }) else { return self }
    return Text { result in
      result.put(0x27)
      for byte in bytes {
        if byte == 0x27 { result.put("'\\''") } else { result.put(byte) }
      }
      result.put(0x27)
    }
  }
}

extension UInt8 {
  fileprivate var isPlainInShell: Bool {
    isASCIILetter || isASCIIDigit || self >= 0x80
      || ("_-./:,+@%=" as StaticString).bytes.firstIndex(of: self) != nil
  }
}
