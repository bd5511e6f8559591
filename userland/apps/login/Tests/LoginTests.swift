// SPDX-License-Identifier: MIT
import Base
import Testing
import Users

@testable import Login

/// Answers questions from a list, and knows the password of a hash by its salt.
private struct Model: LoginSystem {
  var answers: [LoginAnswer] = []
  var passwd: Text = "root;0;0;;/root;\nada;1001;1001;;/home/ada;\nbob;1;1;;;\neve;2;2;;;\n"
  var shadow: Text = Self.shadow
  var shown = Text()
  var notes: [Text] = []
  var questions: [(prompt: Text, isShown: Bool)] = []
  /// What each hash cost that was computed.
  var computed: [PasswordHash.Cost] = []
  var pauses = 0
  var hasMemory = true

  static let shadow: Text =
    "root;\nada;$argon2id$v=19$m=8,t=3,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAA\nbob;!\neve;$6$x\n"

  init(_ answers: [LoginAnswer]) { self.answers = answers }

  mutating func show(_ text: Text) { shown += text }

  mutating func ask(_ prompt: Text, isShown: Bool) -> LoginAnswer {
    questions.append((prompt, isShown))
    return answers.isEmpty ? .end : answers.removeFirst()
  }

  mutating func accounts() throws(LoginFailure) -> LoginAccounts {
    try LoginAccounts(passwd: passwd, shadow: shadow)
  }

  mutating func matches(_ hash: PasswordHash, _ password: Text) -> Bool? {
    computed.append(hash.cost)
    // The hash of nobody fits anything, so that it is seen that it does not count.
    return hasMemory ? !hash.salt.contains { $0 != 0 } || password == "right" : nil
  }

  mutating func pause() { pauses += 1 }
  mutating func note(_ line: Text) { notes.append(line) }
}

@Suite("login") struct LoginTests {
  private func run(
    _ answers: [LoginAnswer], user: Text? = nil, change: (inout Model) -> Void = { _ in }
  ) -> (entry: UserEntry?, model: Model) {
    var model = Model(answers)
    change(&model)
    var dialogue = LoginDialogue(model, host: "apus")
    let entry = dialogue.run(user)
    return (entry, dialogue.system)
  }

  @Test func theRightPasswordLogsIn() {
    let (entry, model) = run([.line("ada"), .line("wrong"), .line(" ada "), .line("right")])
    #expect(entry?.user == "ada" as Text)
    #expect(model.shown == "\nLogin incorrect\n\n" && model.pauses == 1)
    #expect(
      model.questions.map(\.prompt) == ["apus login: ", "Password: ", "apus login: ", "Password: "])
    #expect(model.questions.map(\.isShown) == [true, false, true, false])
    #expect(model.notes == ["wrong password for ada", "ada logs in"])
  }

  @Test func anEmptyLineAsksForNone() {
    let (entry, model) = run([.line(""), .line("root")])
    #expect(entry?.identifier == 0 && model.questions.count == 2 && model.computed.isEmpty)
  }

  @Test func whoIsNamedIsNotAskedForTheName() {
    let (entry, model) = run([.line("right")], user: "ada")
    #expect(entry?.user == "ada" as Text && model.questions.count == 1)
  }

  @Test(
    arguments: [.line("bob"), .line("eve"), .line("nobody"), .line("\u{FF}"), .tooLong]
      as [LoginAnswer])
  func othersLookLikeAWrongPassword(_ name: LoginAnswer) {
    let (entry, model) = run([name, .line("right")])
    #expect(entry == nil && model.shown == "\nLogin incorrect\n\n" && model.pauses == 1)
    #expect(model.computed == [PasswordHash.Cost(memory: 8, passes: 3, lanes: 1)])
  }

  /// Lines of other systems, of this one and of a lazy one; who is locked, unreadable or nobody.
  @Test(arguments: ["ada", "bob", "eve", "root", "locked", "unreadable", "nobody"] as [Text])
  func everyWrongAnswerTakesAsMuchWork(_ name: Text) {
    let digest: Text = ",p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAA\n"
    let (entry, model) = run([.line(name), .line("wrong")]) {
      $0.passwd += "locked;3;3;;;\nunreadable;4;4;;;\n"
      $0.shadow = "ada;$argon2id$v=19$m=65536,t=4" + digest
      $0.shadow += "bob;$argon2id$v=19$m=4096,t=10" + digest
      $0.shadow += "eve;$argon2id$v=19$m=8,t=3" + digest
      $0.shadow += "root;$argon2i$m=65528,t=4" + digest
      $0.shadow += "locked;!\nunreadable;$argon2id$v=19$m=131072,t=2" + digest
    }
    let work = model.computed.reduce(0) { $0 + $1.work }
    #expect(entry == nil && work <= 65_536 * 4 && work > 65_536 * 4 - 8)
    #expect(!model.computed.contains { !$0.isAcceptable })
  }

  @Test func withoutHashesTheStandardCounts() {
    let (_, model) = run([.line("nobody"), .line("x")]) { $0.shadow = "root;\n" }
    #expect(model.computed == [.standard])
  }

  @Test func theRightPasswordIsNotKeptWaiting() {
    let (entry, model) = run([.line("ada"), .line("right")]) {
      $0.shadow += "bob;$argon2id$v=19$m=4096,t=10,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAA\n"
    }
    #expect(entry?.user == "ada" as Text && model.computed.count == 1)
  }

  @Test func unknownNamesAreNotLogged() {
    #expect(run([.line("my password"), .line("x")]).model.notes.isEmpty)
    #expect(run([.line("bob"), .line("x")]).model.notes == ["bob is locked"])
    #expect(
      run([.line("eve"), .line("x")]).model.notes == [
        "what /etc/shadow has for eve is no encoded hash"
      ])
  }

  @Test func aPasswordThatIsTooLongIsWrong() {
    let (entry, model) = run([.line("ada"), .tooLong])
    #expect(entry == nil && model.computed.count == 1 && model.pauses == 1)
  }

  @Test func lackOfMemoryLogsNobodyIn() {
    let (entry, model) = run([.line("ada"), .line("right")]) { $0.hasMemory = false }
    #expect(entry == nil && model.notes == ["not enough memory to check the password of ada"])
  }

  @Test func fiveTriesAreAll() {
    let answers = (0..<20).map { LoginAnswer.line($0 % 2 == 0 ? "ada" : "wrong") }
    let (entry, model) = run(answers)
    #expect(entry == nil && model.pauses == 5 && model.questions.count == 10)
  }

  @Test func theEndEnds() {
    #expect(run([.end]).model.shown == "\n")
    let (entry, model) = run([.line("ada"), .end, .line("ada"), .line("right")])
    #expect(entry == nil && model.shown == "\n" && model.computed.isEmpty && model.pauses == 0)
  }

  @Test func damagedFilesAreNamed() {
    for (change, word) in [
      ({ $0.passwd = "" }, "/etc/passwd names no user"),
      ({ $0.passwd = "root:x:0:0::/root:" }, "/etc/passwd names no user"),
      ({ $0.shadow = "\n" }, "/etc/shadow is empty"),
    ] as [((inout Model) -> Void, StaticString)] {
      let (entry, model) = run([.line("root")], change: change)
      #expect(entry == nil && model.notes == [Text(word)])
      #expect(model.shown == "login: " + Text(word) + ": nobody can be logged in\n")
    }
  }

  @Test func linesAreCollected() {
    func answer(_ reads: [Text], limit: Int = 4) -> LoginAnswer? {
      var collector = LineCollector(limit: limit, enders: [3, 28])
      for read in reads { if let answer = collector.take(read.span) { return answer } }
      return nil
    }
    #expect(answer(["ab\n"]) == .line("ab"))
    #expect(answer(["\n"]) == .line(""))
    // Ctrl-D in a line hands over what there is of it.
    #expect(answer(["a", "bcd\n"]) == .line("abcd"))
    #expect(answer(["ab"]) == nil)
    #expect(answer(["ab", ""]) == .end)
    #expect(answer(["ab\u{3}"]) == .end && answer(["\u{1C}"]) == .end)
    #expect(answer(["abcde\n"]) == .tooLong)
    #expect(answer(["abc", "de", "f", "\n"]) == .tooLong)
  }

  @Test func argumentsAreRead() throws {
    #expect(try LoginRequest([]).user == nil)
    #expect(try LoginRequest(["ada"]).user == "ada")
    for word in ["-h", "--help"] as [Text] {
      #expect(throws: LoginUsage.help) { try LoginRequest([word]) }
    }
    #expect(throws: LoginUsage.self) { try LoginRequest(["a", "b"]) }
    #expect(throws: LoginUsage.self) { try LoginRequest(["-x"]) }
  }
}
