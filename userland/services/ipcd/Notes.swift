// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory

/// What a note says of its request's answer.
enum NoteKind: UInt64 {
  case none = 0
  /// A number.
  case result = 1
  /// The word of a file that was opened.
  case opened = 2
  /// A place, whose handle the client gets.
  case kept = 3
  /// Bytes of a ring.
  case data = 4
}

/// A note that counts, by its number.
public struct Note: Equatable, Sendable { let slot: Int }

// A request is noted in the change that it makes, and the note counts until its client has the
// answer. Requests that wait are answered between other requests, so there may be several. A
// successor keeps the notes that it finds until their requests have come again, or cannot any more.
extension Exchange {
  private func word(_ note: Int, _ field: Int) -> UInt64 { store.word(layout.note(note, field)) }

  /// As part of a change: what `mark`'s request is answered with.
  mutating func note(_ mark: RequestMark, _ kind: NoteKind, _ result: UInt64) -> Note {
    let slot = (~notes).trailingZeroBitCount
    // Each death leaves two, and a successor begins with the requests that they belong to.
    precondition(slot < Limits.notes, "too many notes")
    journal.set(layout.note(slot, Layout.Note.description), mark.description)
    journal.set(layout.note(slot, Layout.Note.sequence), mark.sequence)
    journal.set(layout.note(slot, Layout.Note.result), result)
    journal.set(layout.note(slot, Layout.Note.kind), kind.rawValue)
    notes |= 1 << UInt32(slot)
    return Note(slot: slot)
  }

  /// As part of a change: the answer brings these bytes, or this message, of a socket's ring.
  mutating func noteBytes(
    _ mark: RequestMark, _ socket: Int, _ start: UInt64, _ count: Int, _ form: UInt64
  ) -> Note {
    let note = note(mark, .data, UInt64(count))
    journal.set(layout.note(note.slot, Layout.Note.socket), UInt64(socket &+ 1))
    journal.set(layout.note(note.slot, Layout.Note.start), start)
    journal.set(layout.note(note.slot, Layout.Note.count), UInt64(count))
    journal.set(layout.note(note.slot, Layout.Note.form), form)
    holdingNotes |= 1 << UInt32(note.slot)
    return note
  }

  /// The client has its answer: the note counts no longer, and its bytes make room.
  public mutating func settle(_ note: Note) {
    let bit: UInt32 = 1 << UInt32(note.slot)
    guard notes & bit != 0 else { return }
    store.setWord(layout.note(note.slot, Layout.Note.kind), 0)
    notes &= ~bit
    inheritedNotes &= ~bit
    guard holdingNotes & bit != 0 else { return }
    holdingNotes &= ~bit
    let socket = Int(word(note.slot, Layout.Note.socket)) &- 1
    store.setWord(layout.note(note.slot, Layout.Note.socket), 0)
    changed.append(socket)
  }

  /// The note of a request that a predecessor carried out and perhaps did not answer.
  func find(_ mark: RequestMark) -> (note: Note, kind: NoteKind, result: UInt64)? {
    var left = inheritedNotes
    while left != 0 {
      let slot = left.trailingZeroBitCount
      left &= left &- 1
      guard word(slot, Layout.Note.description) == mark.description,
        word(slot, Layout.Note.sequence) == mark.sequence,
        let kind = NoteKind(rawValue: word(slot, Layout.Note.kind))
      else { continue }
      return (Note(slot: slot), kind, word(slot, Layout.Note.result))
    }
    return nil
  }

  /// The bytes that a note's answer brings.
  func delivery(_ note: Note) -> Delivery {
    Delivery(
      note: note, socket: Int(word(note.slot, Layout.Note.socket)) &- 1,
      start: word(note.slot, Layout.Note.start), count: Int(word(note.slot, Layout.Note.count)),
      form: word(note.slot, Layout.Note.form))
  }

  /// From where on a socket's ring holds bytes that somebody needs.
  func firstNeeded(_ socket: Int) -> UInt64 {
    var first = tail(socket)
    var left = holdingNotes
    while left != 0 {
      let slot = left.trailingZeroBitCount
      left &= left &- 1
      guard word(slot, Layout.Note.socket) == UInt64(socket &+ 1) else { continue }
      first = min(first, word(slot, Layout.Note.start))
    }
    return first
  }

  mutating func recoverNotes() {
    for slot in 0..<Limits.notes {
      let kind = NoteKind(rawValue: word(slot, Layout.Note.kind)) ?? .none
      if kind == .none {
        if word(slot, Layout.Note.socket) != 0 {
          store.setWord(layout.note(slot, Layout.Note.socket), 0)
        }
        continue
      }
      notes |= 1 << UInt32(slot)
      if kind == .data { holdingNotes |= 1 << UInt32(slot) }
    }
    inheritedNotes = notes
  }

  /// All requests of the predecessor have come again: those of the notes that are left were
  /// answered, or their clients are gone.
  public mutating func forgetInherited() {
    while inheritedNotes != 0 { settle(Note(slot: inheritedNotes.trailingZeroBitCount)) }
    dropLeaving()
  }

  /// Notes of sockets that end hold nothing any more.
  mutating func forgetBytes(of socket: Int) {
    var left = holdingNotes
    while left != 0 {
      let slot = left.trailingZeroBitCount
      left &= left &- 1
      if word(slot, Layout.Note.socket) == UInt64(socket &+ 1) { settle(Note(slot: slot)) }
    }
  }
}
