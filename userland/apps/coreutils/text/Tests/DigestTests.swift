// SPDX-License-Identifier: MIT
import Base
import Testing
import UtilityModel

@testable import TextUtilities

/// The model's digest is not SHA-256; that is tested where it is.
struct DigestTests {
  static let empty = String(repeating: "0", count: 64)
  static let one = "6100000000000000010000000000000061000000000000000100000000000000"

  @Test func digestsArePrinted() {
    let files = ["/a": "a", "/e": "", "/x\ny": ""]
    #expect(output("sha256sum a e", "", files) == "\(Self.one)  a\n\(Self.empty)  e\n")
    #expect(output("sha256sum -b e", "", files) == "\(Self.empty) *e\n")
    #expect(output("sha256sum --tag e", "", files) == "SHA256 (e) = \(Self.empty)\n")
    #expect(output("sha256sum", "a") == "\(Self.one)  -\n")
    #expect(output("sha256sum x\ny", "", files) == "\\\(Self.empty)  x\\ny\n")
    #expect(output("sha256sum -z x\ny", "", files) == "\(Self.empty)  x\ny\u{0}")
    #expect(output("sha256sum nope e", "", files).hasPrefix("\(Self.empty)  e\n[1]"))
  }

  @Test func digestsAreChecked() {
    let files = ["/a": "a", "/e": "", "/x\ny": ""]
    let list = "\(Self.one)  a\nSHA256 (e) = \(Self.empty)\n\\\(Self.empty)  x\\ny\n"
    #expect(output("sha256sum -c", list, files) == "a: OK\ne: OK\n'x\\x0ay': OK\n")
    #expect(output("sha256sum -c --quiet", list, files) == "")
    let wrong = "\(Self.empty)  a\n\(Self.empty)  nope\nrubbish\n"
    let checked = run("sha256sum -c -w", wrong, files)
    #expect(checked.status == 1)
    #expect(checked.output == "a: FAILED\nnope: FAILED open or read\n")
    #expect(
      checked.errors == """
        sha256sum: nope: no such file or directory
        sha256sum: -:3: improperly formatted SHA256 checksum line
        sha256sum: WARNING: 1 line is improperly formatted
        sha256sum: WARNING: 1 listed file could not be read
        sha256sum: WARNING: 1 computed checksum did NOT match

        """)
    let ignoring = run("sha256sum -c --ignore-missing --status", wrong, files)
    #expect(ignoring.status == 1 && ignoring.output.isEmpty)
    #expect(run("sha256sum -c", "x\n").status == 1)
  }

  @Test(arguments: ["", "x", "SHA256 (", "SHA256 () = ", "\\", String(repeating: "a", count: 66)])
  func linesThatAreNone(line: String) {
    #expect(DigestLine(Text(string: line)) == nil)
  }
}
