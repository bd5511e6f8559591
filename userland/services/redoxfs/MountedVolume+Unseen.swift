// SPDX-License-Identifier: MIT
import Base
import Memory
import RedoxFS

// Requests that change what is in a file that is mapped. Between the log's entry of such a request and its
// answer the pages that others have mapped are brought up to date; a server that dies before that is done
// leaves it to its successor. The capsule says whose turn that is: what was done before was seen, and may
// have been changed through a mapping since, so nothing of it may be done to the pages a second time.
extension MountedVolume {
  // The request's mark, in words of the first page that the log does not use: description plus one, so
  // that zero is none, and sequence.
  private static var description: Int { 60 }
  private static var sequence: Int { 61 }

  /// A request begins that changes what is in a mapped file.
  public func beginChange(_ mark: RequestMark) {
    guard let capsule else { return }
    endChange()
    capsule.setWord(Self.sequence, mark.sequence)
    capsule.setWord(Self.description, mark.description &+ 1)
  }

  /// Whoever has the file mapped sees what it did, or it did nothing.
  public func endChange() { capsule?.setWord(Self.description, 0) }

  /// What a predecessor's last request did to a file's contents, if those who have it mapped may not see it
  /// yet.
  public var unseenChange: FileChange? {
    guard let capsule, let last = log?.last else { return nil }
    let mark = RequestMark(
      description: capsule.word(Self.description) &- 1, sequence: capsule.word(Self.sequence))
    guard capsule.word(Self.description) != 0, last.mark == mark else { return nil }
    return last.change
  }
}
