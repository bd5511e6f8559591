// SPDX-License-Identifier: MIT
public import Base
import Core

extension ByteSet {
  /// The ASCII characters of a class such as `alpha`, as between `[:` and `:]`; `nil` if there is
  /// no such class.
  @export(interface)
  public init?(class name: Text) {
    switch name {
    case "alpha": self.init { $0.isASCIILetter }
    case "digit": self.init { $0.isASCIIDigit }
    case "alnum": self.init { $0.isASCIILetter || $0.isASCIIDigit }
    case "upper": self.init(0x41...0x5A)
    case "lower": self.init(0x61...0x7A)
    case "space": self.init { $0.isASCIISpace }
    case "blank": self.init { $0 == 0x20 || $0 == 0x09 }
    case "punct":
      self.init {
        $0.isASCIIPrintable && $0 != 0x20 && !$0.isASCIILetter && !$0.isASCIIDigit
      }
    case "print": self.init { $0.isASCIIPrintable }
    case "graph": self.init { $0.isASCIIPrintable && $0 != 0x20 }
    case "xdigit": self.init { ($0.digitValue ?? 99) < 16 }
    case "cntrl": self.init { $0 < 0x20 || $0 == 0x7F }
    default: return nil
    }
  }
}
