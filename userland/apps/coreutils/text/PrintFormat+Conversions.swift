// SPDX-License-Identifier: MIT
import Base
import Core

extension PrintFormat.Conversion {
  var takesDecimal: Bool { Text("fFeEgG").contains(letter) }

  private var widthNumber: Int {
    if case .number(let number) = width { return number }
    return 0
  }

  private var precisionNumber: Int? {
    if case .number(let number) = precision { return number }
    return nil
  }

  /// Prints a word, or what a missing one stands for.
  /// - Returns: whether printing goes on.
  func put(_ word: Text?, into result: inout Text, _ complain: (Text) -> Void) -> Bool {
    let word = word ?? Text()
    switch letter {
    case UInt8(ascii: "s"): pad(cut(word), into: &result)
    case UInt8(ascii: "q"): pad(word.quotedForShell, into: &result)
    case UInt8(ascii: "c"): pad(word.isEmpty ? word : word[0..<1], into: &result)
    case UInt8(ascii: "b"):
      var expanded = Text()
      let goesOn = EscapeReader.expand(word, into: &expanded)
      pad(cut(expanded), into: &result)
      return goesOn
    case UInt8(ascii: "d"), UInt8(ascii: "i"): putSigned(word, into: &result, complain)
    case UInt8(ascii: "o"), UInt8(ascii: "u"), UInt8(ascii: "x"), UInt8(ascii: "X"):
      putUnsigned(word, into: &result, complain)
    default: putDecimal(word, into: &result, complain)
    }
    return true
  }

  private func cut(_ word: Text) -> Text {
    guard let precisionNumber, precisionNumber < word.count else { return word }
    return word[0..<precisionNumber]
  }

  private func pad(_ text: Text, into result: inout Text) {
    let missing = widthNumber - text.count
    if !isLeft { result.put(spaces: missing) }
    result.put(text.span)
    if isLeft { result.put(spaces: missing) }
  }

  /// Prints a number, with zeros between sign and digits where they are wanted.
  private func pad(_ sign: Text, _ digits: Text, zeros: Bool, into result: inout Text) {
    var text = sign
    if zeros, hasZeros, !isLeft {
      for _ in 0..<max(0, widthNumber - sign.count - digits.count) { text.put(0x30) }
    }
    text.put(digits)
    pad(text, into: &result)
  }

  private func sign(_ isNegative: Bool) -> Text {
    isNegative ? "-" : showsPlus ? "+" : showsSpace ? " " : ""
  }

  private func putSigned(_ word: Text, into result: inout Text, _ complain: (Text) -> Void) {
    var number = NumberWord(word, complain)
    let limit: UInt64 = number.isNegative ? 1 << 63 : 1 << 63 - 1
    if number.magnitude > limit {
      if number.magnitude != UInt64.max {
        complain(word.quotedForMessage + ": numerical result out of range")
      }
      number.magnitude = limit
    }
    let digits = withPrecision(Text { $0.put(decimal: number.magnitude) }, number.magnitude == 0)
    pad(sign(number.isNegative), digits, zeros: precisionNumber == nil, into: &result)
  }

  private func putUnsigned(_ word: Text, into result: inout Text, _ complain: (Text) -> Void) {
    let number = NumberWord(word, complain)
    let value = number.isNegative ? 0 &- number.magnitude : number.magnitude
    var digits = Text()
    var prefix = Text()
    switch letter {
    case UInt8(ascii: "u"): digits.put(decimal: value)
    case UInt8(ascii: "o"):
      digits.put(octal: value)
      if isAlternative, value != 0 { digits = "0" + digits }
    default:
      digits.put(hexadecimal: value)
      if isAlternative, value != 0 { prefix = "0x" }
    }
    digits = withPrecision(digits, value == 0)
    if letter == UInt8(ascii: "X") {
      digits = digits.uppercasedASCII
      prefix = prefix.uppercasedASCII
    }
    pad(prefix, digits, zeros: precisionNumber == nil, into: &result)
  }

  /// At least as many digits as the precision says; zero has none if it says none.
  private func withPrecision(_ digits: Text, _ isZero: Bool) -> Text {
    guard let precisionNumber else { return digits }
    if precisionNumber == 0, isZero { return Text() }
    var result = Text()
    for _ in 0..<max(0, precisionNumber - digits.count) { result.put(0x30) }
    result.put(digits)
    return result
  }

  private func putDecimal(_ word: Text, into result: inout Text, _ complain: (Text) -> Void) {
    var value = 0.0
    if !word.isEmpty, word[0] == 0x27 || word[0] == 0x22 {
      value = Double(NumberWord.character(word))
    } else if !word.isEmpty {
      let (parsed, end) = FloatText.parse(word)
      if end == 0 {
        complain(word.quotedForMessage + ": expected a numeric value")
      } else if end < word.count {
        complain(word.quotedForMessage + ": value not completely converted")
      }
      value = parsed
    }
    let isFinite = value.isFinite
    var digits = FloatText.text(
      value.magnitude, style: letter | 0x20, precision: precisionNumber ?? 6,
      keepsPoint: isAlternative)
    if letter & 0x20 == 0 { digits = digits.uppercasedASCII }
    pad(sign(value.sign == .minus), digits, zeros: isFinite, into: &result)
  }
}

extension Text {
  var uppercasedASCII: Text {
    Text { result in for byte in bytes { result.put(byte.uppercased) } }
  }
}
