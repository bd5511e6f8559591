// SPDX-License-Identifier: MIT
import Glibc

/// A socket with a path, to which programs of this machine connect.
public struct LocalListener: ~Copyable {
  public let descriptor: Descriptor

  /// Makes the socket at `path`, where there is nothing yet.
  /// - Throws: what the host says; a path has at most 107 bytes.
  public init(_ path: String) throws(HostError) {
    descriptor = Descriptor(adopting: try Self.listening(at: path))
  }

  private static func listening(at path: String) throws(HostError) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < 108 else {
      throw .file(path: path, action: "listen at", reason: "the path is too long")
    }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
      for index in bytes.indices { unsafe field[index] = bytes[index] }
    }
    let number = socket(
      AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw .system(call: "socket", reason: HostError.reason(errno)) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let status = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(number, $0, size)
      }
    }
    guard status == 0, listen(number, 1) == 0 else {
      let reason = HostError.reason(errno)
      close(number)
      throw .file(path: path, action: "listen at", reason: reason)
    }
    return number
  }

  /// The socket that this program was given as its standard input.
  public init(standardInput: Void) { descriptor = Descriptor(adopting: 0) }

  /// Waits for somebody to connect.
  public borrowing func accept() throws(HostError) -> Descriptor {
    while true {
      let number = Glibc.accept(descriptor.number, nil, nil)
      if number >= 0 { return Descriptor(adopting: number) }
      guard errno == EINTR else {
        throw .system(call: "accept", reason: HostError.reason(errno))
      }
    }
  }
}

extension Descriptor {
  /// Ends the program at the other end of a connection to a `LocalListener`, at once.
  public borrowing func killPeer() throws(HostError) {
    // Process, user and group (unix(7), SO_PEERCRED).
    var peer: [Int32] = [0, 0, 0]
    var size = socklen_t(12)
    guard unsafe getsockopt(number, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0, peer[0] > 1 else {
      throw .system(call: "getsockopt", reason: HostError.reason(errno))
    }
    kill(peer[0], SIGKILL)
  }
}
