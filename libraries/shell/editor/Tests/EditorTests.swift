// SPDX-License-Identifier: MIT
import Base
import Core
import Mutation
import Testing

@testable import ShellEditor

@Suite("Line editor")
struct EditorTests {
  /// What is typed, and the line with a bar at the cursor.
  @Test(arguments: [
    ("abc", "abc|"), ("abc\u{01}x", "x|abc"), ("abc\u{02}\u{02}x", "ax|bc"),
    ("abc\u{01}\u{06}x", "ax|bc"), ("abc\u{01}\u{05}x", "abcx|"),
    ("one two\u{1B}b\u{1B}bx", "x|one two"), ("one two\u{01}\u{1B}fx", "onex| two"),
    ("abc\u{02}\u{04}", "ab|"), ("abc\u{08}\u{7F}", "a|"), ("one two\u{17}", "one |"),
    ("one two\u{15}x", "x|"), ("one two\u{1B}b\u{0B}", "one |"),
    ("one two\u{1B}b\u{0B}\u{01}\u{19} ", "two |one "),
    ("one two\u{17}\u{17}\u{19}\u{19}", "one twoone two|"),
    ("a b\u{17}\u{01}\u{06}\u{06}\u{02}\u{0B}\u{19}\u{1B}y", "ab|"),
    ("one two\u{1B}b\u{1B}d", "one |"), ("one/two\u{1B}\u{7F}", "one/|"),
    ("ab\u{14}", "ba|"), ("abc\u{02}\u{14}", "acb|"), ("ab\u{01}\u{1B}uc", "ABc|"),
    ("ab cd\u{01}\u{1B}c\u{1B}u", "Ab CD|"), ("AB\u{01}\u{1B}l", "ab|"),
    ("größe\u{01}\u{1B}u", "GRÖSSE|"), ("ÜBER\u{01}\u{1B}c", "Über|"),
    ("one two\u{1F}", "one |"), ("one two\u{1F}\u{1F}", "|"), ("ab\u{17}\u{1F}", "ab|"),
    ("ab\u{1B}[D\u{1B}[Dx", "x|ab"), ("ab\u{1B}OD\u{1B}OCx", "abx|"), ("ab\u{1B}[Hx", "x|ab"),
    ("ab\u{1B}[1~x\u{1B}[4~y", "xaby|"), ("ab\u{1B}[D\u{1B}[3~", "a|"),
    ("one two\u{1B}[1;5Dx", "one x|two"), ("one two\u{1B}Odx", "one x|two"),
    ("a\u{16}\u{03}b", "a\u{03}b|"), ("\u{1B}[200~a\r\nb\rc\u{1B}[201~", "a\nb\nc|"),
    ("x\\\ry", "x\\\ny|"), ("x\u{1B}\ry", "x\ny|"), ("ab\\\rcdef\u{1B}[A!", "ab\\!|\ncdef"),
    ("abcd\\\rx\u{1B}[A\u{1B}[B!", "abcd\\\nx!|"), ("a\u{1B}[99;99Xb", "ab|"),
    ("a\u{1B}[Z", "a|"), ("e\u{301}x\u{02}\u{02}y", "y|e\u{301}x"), ("日本\u{7F}", "日|"),
    ("🇩🇪🇫🇷\u{02}x", "🇩🇪x|🇫🇷"), ("👨‍👩‍👧a\u{02}\u{7F}", "|a"),
  ])
  func keysEdit(typed: String, line: String) {
    var typist = Typist(columns: 40)
    typist.begin()
    typist.type(typed)
    #expect(typist.marked == line)
  }

  @Test func linesEnd() {
    var typist = Typist()
    typist.begin()
    typist.type("one\rtwo\u{03}\u{04}three\u{04}\n\r")
    #expect(typist.results == ["one", "^C", "^D", "three", ""])
  }

  /// The screen after what is typed, and where the cursor is.
  @Test(arguments: [
    ("hello", ["$ hello"], 0, 7), ("hello\u{02}\u{02}", ["$ hello"], 0, 5),
    ("abcdefghijklmnopqr", ["$ abcdefghijklmnopqr"], 1, 0),
    ("abcdefghijklmnopqrst", ["$ abcdefghijklmnopqr", "st"], 1, 2),
    ("abcdefghijklmnopqrst\u{01}", ["$ abcdefghijklmnopqr", "st"], 0, 2),
    ("abcdefghijklmnopqrst\u{01}__", ["$ __abcdefghijklmnop", "qrst"], 0, 4),
    ("abcdefghijklmnopqrst\u{01}\u{0B}", ["$"], 0, 2),
    ("abcdefghijklmnopq日", ["$ abcdefghijklmnopq", "日"], 1, 2),
    ("a\u{16}\u{01}b", ["$ a^Ab"], 0, 6), ("a\\\rb", ["$ a\\", "> b"], 1, 3),
    ("a\\\rb\u{1B}[A", ["$ a\\", "> b"], 0, 3), ("a\u{16}\tb", ["$ a     b"], 0, 9),
    ("e\u{301}日x", ["$ e\u{301}日x"], 0, 6),
  ])
  func screenShows(typed: String, rows: [String], row: Int, column: Int) {
    for byByte in [false, true] {
      var typist = Typist()
      typist.begin()
      if byByte {
        for byte in typed.utf8 {
          typist.editor.take([byte])
          typist.type([])
        }
      } else {
        typist.type(typed)
      }
      // An escape typed by itself is time enough for what follows it, so only whole sequences here.
      if byByte, typed.contains("\u{1B}") { continue }
      #expect(typist.terminal.text == rows)
      #expect((typist.terminal.row, typist.terminal.column) == (row, column))
    }
  }

  @Test func bytesThatAreNoTextAreShown() {
    var typist = Typist()
    typist.begin()
    typist.type([0x61, 0xFF, 0xC3, 0x62])
    #expect(typist.terminal.text == ["$ a\\xff\\xc3b"])
    typist.type("\u{02}\u{7F}\r")
    #expect(typist.editor.buffer.bytes == [])
    #expect(typist.results.count == 1)
  }

  @Test func promptsHaveColoursAndLines() {
    var typist = Typist()
    typist.prompt = "\u{1B}]0;title\u{07}first\n\u{1B}[31mred\u{1B}[0m> \u{01}\u{1B}[0m\u{02}"
    typist.begin()
    typist.type("abcdefghijklmnopqr\u{01}")
    #expect(typist.terminal.text == ["first", "red> abcdefghijklmno", "pqr"])
    #expect((typist.terminal.row, typist.terminal.column) == (1, 5))
  }

  @Test func promptBeginsARow() {
    var typist = Typist()
    typist.terminal.write(Array("output".utf8))
    typist.begin()
    #expect(typist.terminal.text == ["output\u{23CE}", "$"])
  }

  @Test func tallLinesShowTheirCursor() {
    var typist = Typist(columns: 10, rows: 3)
    typist.begin()
    typist.type("0123456789abcdefghijklmnopqrstuvwxyz")
    #expect(typist.terminal.text == ["89abcdefgh", "ijklmnopqr", "stuvwxyz"])
    typist.type("\u{01}")
    #expect(typist.terminal.text == ["$ 01234567", "89abcdefgh", "ijklmnopqr"])
    #expect((typist.terminal.row, typist.terminal.column) == (0, 2))
    typist.type("\r")
    #expect(typist.results == ["0123456789abcdefghijklmnopqrstuvwxyz"])
  }

  @Test func littleIsWritten() {
    var typist = Typist(columns: 80, rows: 24)
    typist.begin()
    typist.type("echo hello world")
    typist.editor.take([0x21])
    #expect(typist.editor.next() == nil)
    typist.editor.draw()
    #expect(typist.editor.takeOutput() == [0x21])
    typist.type("\u{02}\u{02}")
    typist.editor.take([0x02])
    #expect(typist.editor.next() == nil)
    typist.editor.draw()
    #expect(typist.editor.takeOutput() == [0x08])
  }

  @Test func terminalIsAskedForItsSize() {
    var typist = Typist(columns: 30, rows: 5, knowsSize: false)
    typist.begin()
    #expect(typist.editor.size == TerminalSize(columns: 30, rows: 5))
    typist.type("x\r")
    // It is asked once; a terminal that never answers is taken for one of 80 columns.
    #expect(typist.terminal.takeAnswers() == [])
    var silent = Typist(columns: 80, rows: 5, knowsSize: false)
    silent.terminal.answersQueries = false
    silent.begin()
    silent.type("abc")
    #expect(silent.editor.size == TerminalSize(columns: 80, rows: 24))
    #expect(silent.terminal.text == ["$ abc"])
  }

  @Test func otherWidthIsDrawnAnew() {
    var typist = Typist(columns: 40, rows: 6)
    typist.begin()
    typist.type("abcdefghijklmnopqrstuvwxyz")
    typist.editor.resize(TerminalSize(columns: 20, rows: 6))
    var narrow = TerminalModel(columns: 20, rows: 6)
    narrow.write(Array("$ abcdefghijklmnopqrstuvwxyz".utf8))
    typist.terminal = narrow
    typist.show()
    #expect(typist.terminal.text == ["$ abcdefghijklmnopqr", "stuvwxyz"])
    #expect((typist.terminal.row, typist.terminal.column) == (1, 8))
  }

  @Test func screenIsCleared() {
    var typist = Typist()
    typist.begin()
    typist.type("one\rtwo\u{0C}")
    #expect(typist.terminal.text == ["$ two"])
  }

  /// Whatever the keys, what is seen is what a fresh drawing of the same line would show.
  @Test func drawingAgreesWithALineDrawnAtOnce() {
    var random = SeededGenerator(seed: 7)
    let keys: [String] = [
      "a", "b ", "日", "e\u{301}", "\u{01}", "\u{05}", "\u{02}", "\u{06}", "\u{7F}", "\u{04}",
      "\u{17}", "\u{0B}", "\u{19}", "\u{14}", "\u{1F}", "\u{1B}b", "\u{1B}f", "\u{1B}\r",
      "\u{1B}[A", "\u{1B}[B", "\u{16}\t", "\u{16}\u{01}", "words and more", "\u{1B}u", "🇩🇪",
    ]
    for _ in 0..<150 {
      var typist = Typist(columns: 12, rows: 30)
      typist.begin()
      for _ in 0..<40 { typist.type(keys[Int(random.next() % UInt64(keys.count))]) }
      if typist.results.count > 0 { continue }
      var fresh = Typist(columns: 12, rows: 30)
      fresh.begin()
      fresh.editor.buffer = typist.editor.buffer
      fresh.show()
      #expect(typist.terminal.text == fresh.terminal.text)
      #expect(typist.terminal.row == fresh.terminal.row)
      #expect(typist.terminal.column == fresh.terminal.column)
    }
  }

  @Test func longLinesAreTaken() {
    var typist = Typist(columns: 80, rows: 24)
    typist.begin()
    let long = [UInt8](repeating: 0x78, count: 1 << 20)
    typist.type(long)
    #expect(typist.editor.buffer.count == 1 << 20)
    typist.type("\u{02}\u{02}y\u{01}z")
    typist.type(Array("\u{1B}[200~".utf8) + long + Array("\u{1B}[201~".utf8))
    #expect(typist.editor.buffer.count == 2 << 20 + 2)
    typist.type("\r")
    #expect(typist.results.count == 1)
  }

  @Test func anyBytesLeaveTheEditorWhole() {
    var random = SeededGenerator(seed: 11)
    for round in 0..<300 {
      var typist = Typist(columns: 8 + round % 30, rows: 2 + round % 7, history: ["one", "two"])
      typist.names = [Completion.Candidate("name"), Completion.Candidate("d", isDirectory: true)]
      typist.editor.bindings = round % 2 == 0 ? .emacs : .vi
      typist.begin()
      for _ in 0..<60 {
        let kind = random.next() % 4
        let byte = UInt8(truncatingIfNeeded: random.next())
        typist.type(kind == 0 ? [0x1B, byte] : kind == 1 ? [byte & 0x1F] : [byte])
        #expect(typist.editor.buffer.cursor <= typist.editor.buffer.count)
      }
    }
  }
}
