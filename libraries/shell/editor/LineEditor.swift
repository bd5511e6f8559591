// SPDX-License-Identifier: MIT
public import Base
import Core

/// A terminal's size in characters.
public struct TerminalSize: Equatable, Sendable {
  public var columns: Int
  public var rows: Int

  public init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }
}

/// A line editor that reads and writes nothing itself: bytes of a terminal go in with `take`,
/// `next` says what is asked of the shell, `draw` brings the terminal up to date, and
/// `takeOutput` gives the bytes to be written.
///
/// The terminal is in raw mode from `begin` until `finish`, `interrupt` or `end`.
public struct LineEditor: Sendable {
  /// What the shell has to do; there is no other before it has answered.
  public enum Action: Equatable, Sendable {
    /// Enter. The answer is `continueStatement`, if more lines are needed, or `finish`.
    case accept(Text)
    /// Tab. The answer is `offer`.
    case complete(CompletionTarget)
    /// Ctrl-C: the line is given up, and the editor is done.
    case interrupt
    /// Ctrl-D on an empty line: the editor is done.
    case end
  }

  public enum Bindings: Equatable, Sendable { case emacs, vi }

  /// What the last key did, where that matters to the next one.
  enum LastAction: Equatable {
    case other
    case kill
    case yank(Range<Int>)
    case argument(entry: Int, Range<Int>)
    case completion
    case vertical(column: Int)
  }

  enum Mode {
    case editing
    case searching(Search)
    /// Whether all of these are to be listed.
    case asking(Completion)
    /// The next key is put in as it is.
    case quoting
  }

  /// What is known of the terminal's size.
  private enum SizeState { case unknown, asked, known }

  public var bindings = Bindings.emacs
  /// What stands before the prompt while vi's keys hold; `nil` for nothing.
  public var viNormalIndicator: Text?
  public var viInsertIndicator: Text?
  var buffer = LineBuffer()
  var undoLog = UndoLog()
  var kills = KillRing()
  var screen = Screen()
  var history = History()
  var mode = Mode.editing
  var last = LastAction.other
  /// What the key before did, while one is worked on.
  var previous = LastAction.other
  var vi = ViState()
  /// Which entry of the history is in the buffer, and what was typed before it came there.
  var entry: Int?
  var draft: [UInt8] = []
  var prompt: Text = ""
  var continuation: Text = ""
  /// Whether the next key has an escape before it.
  var hasEscape = false
  private(set) var size = TerminalSize(
    columns: EditorLimits.assumedColumns, rows: EditorLimits.assumedRows)
  private var sizeState = SizeState.unknown
  private var decoder = KeyDecoder()
  private var keys = Queue<Key>()
  /// The prompt and what follows a line feed, laid out for the size.
  var laidOut: (prompt: PromptText, continuation: PromptText)?

  public init() {}

  /// Begins a line. `size` is `nil` if the system does not know it: the terminal is then asked.
  /// What has been typed since the last line comes into this one.
  @export(interface)
  public mutating func begin(
    prompt: Text, continuation: Text = "> ", size: TerminalSize?, history: History
  ) {
    self.prompt = prompt
    self.continuation = continuation
    self.history = history
    buffer = LineBuffer()
    undoLog.clear()
    mode = .editing
    last = .other
    entry = nil
    hasEscape = false
    vi = ViState()
    screen.reset()
    screen.put("\u{1B}[?2004h")
    if let size { adopt(size) } else if sizeState == .unknown { askForSize() }
    if sizeState == .known { beginRow() }
    showPromptHead()
  }

  /// Goes to the beginning of a row if the cursor is not there, and marks where the output ended:
  /// the mark and a row of spaces wrap unless it was at the margin.
  private mutating func beginRow() {
    screen.put("\u{23CE}")
    for _ in 1..<size.columns { screen.output.append(0x20) }
    screen.put("\r\u{1B}[K")
  }

  mutating func showPromptHead() {
    let text = PromptText(prompt.bytes, width: size.columns)
    laidOut = (text, PromptText(continuation.bytes, width: size.columns))
    screen.output += text.head
  }

  /// Asks where the cursor comes to stand if it is sent far down and to the right.
  mutating func askForSize() {
    sizeState = .asked
    screen.put("\u{1B}7\u{1B}[999;999H\u{1B}[6n\u{1B}8")
  }

  private mutating func adopt(_ new: TerminalSize) {
    size.columns =
      new.columns >= EditorLimits.leastColumns
      ? min(new.columns, 10_000) : EditorLimits.assumedColumns
    size.rows = new.rows > 0 ? min(new.rows, 10_000) : EditorLimits.assumedRows
    sizeState = .known
  }

  /// The terminal has this size now.
  @export(interface)
  public mutating func resize(_ new: TerminalSize) {
    let old = size
    adopt(new)
    guard size != old else { return }
    laidOut = nil
    screen.clear(newWidth: size.columns)
  }

  /// Whether the system does not know the size and the terminal has to be asked.
  var asksForSize: Bool { sizeState == .asked }

  /// Bytes from the terminal, as many as have come.
  @export(interface)
  public mutating func take(_ bytes: [UInt8]) {
    var found: [Key] = []
    for byte in bytes { decoder.take(byte, into: &found) }
    for key in found { keys.append(key) }
  }

  /// Whether an escape has come that may be a key by itself: `timeOut` is to be called if nothing
  /// comes within `EditorLimits.escapeMilliseconds`. With emacs' keys an escape only goes with what
  /// follows it, however late that is.
  public var isWaiting: Bool {
    guard decoder.isWaiting else { return false }
    if case .editing = mode { return bindings == .vi }
    return true
  }

  /// Whether many bytes may be read at once, because they all belong to this line.
  public var isPasting: Bool { decoder.isPasting }

  @export(interface)
  public mutating func timeOut() {
    var found: [Key] = []
    decoder.timeOut(into: &found)
    for key in found { keys.append(key) }
  }

  /// What the keys that have come ask for next; `nil` if they are all worked through.
  @export(interface)
  public mutating func next() -> Action? {
    while let key = keys.removeFirst() {
      if case .cursorReport(let row, let column) = key {
        resize(TerminalSize(columns: column, rows: row))
        continue
      }
      if let action = handle(key) { return action }
    }
    return nil
  }

  private mutating func handle(_ key: Key) -> Action? {
    switch mode {
    case .editing: return bindings == .vi ? handleVi(key) : handleEmacs(key)
    case .searching(let search): return continueSearch(search, key)
    case .asking(let completion):
      answer(completion, key)
      return nil
    case .quoting:
      mode = .editing
      insertAsItIs(key)
      return nil
    }
  }

  /// What has to be written to the terminal.
  @export(interface)
  public mutating func takeOutput() -> [UInt8] {
    defer { screen.output = [] }
    return screen.output
  }

  /// Answers `accept`: the statement needs another line.
  @export(interface)
  public mutating func continueStatement() {
    insert([0x0A])
    undoLog.close()
  }

  /// Answers `accept`: the line is done.
  @export(interface)
  public mutating func finish() {
    mode = .editing
    buffer.move(to: buffer.count)
    draw(showsHint: false)
    screen.leave()
    screen.put("\u{1B}[?2004l")
  }

  /// Gives the line up.
  mutating func abandon(_ mark: StaticString) {
    mode = .editing
    buffer.move(to: buffer.count)
    draw(showsHint: false)
    screen.put(mark)
    screen.leave()
    screen.put("\u{1B}[?2004l")
  }
}
