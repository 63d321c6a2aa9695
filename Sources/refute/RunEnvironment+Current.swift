internal import Activations
internal import Foundation
internal import GSL
internal import Reporting

extension RunEnvironment {
  /// What this process runs on.
  ///
  /// - Parameter lock: the path of the lock that claims are held against.
  static func current(jobs: Int, data: DataOptions, lock: String?) -> RunEnvironment {
    var environment = RunEnvironment(
      refute: Refute.version, build: try? fingerprint(executable), swift: compiler, gsl: GSLLibrary.version,
      openblas: BLAS.configuration,
      kernel: BLAS.kernel, threads: 1, jobs: jobs, git: git(), os: operatingSystem,
      architecture: architecture,
      host: ProcessInfo.processInfo.hostName, command: CommandLine.arguments,
      dataFolder: data.data, allowsOutside: data.allowOutside)
    environment.lock = lock.flatMap { path in
      guard let digest = try? fingerprint(path) else { return nil }
      return LockFile(file: path, sha256: digest, commit: commit(of: path))
    }
    return environment
  }

  /// The last commit that changed the file at `path`, if the file is as it was committed.
  private static func commit(of path: String) -> String? {
    guard output(["git", "status", "--porcelain", "--", path]) == "",
      let commit = output(["git", "log", "-1", "--format=%H", "--", path]), !commit.isEmpty
    else { return nil }
    return commit
  }

  private static var executable: String {
    FileManager.default.fileExists(atPath: "/proc/self/exe") ? "/proc/self/exe" : CommandLine.arguments[0]
  }

  private static var compiler: String {
    #if compiler(>=6.4)
    "6.4 or later"
    #elseif compiler(>=6.3)
    "6.3"
    #else
    "6.2"
    #endif
  }

  private static var architecture: String {
    #if arch(x86_64)
    "x86_64"
    #elseif arch(arm64)
    "arm64"
    #else
    "other"
    #endif
  }

  private static var operatingSystem: String {
    let release = (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8)) ?? ""
    for line in release.split(separator: "\n") where line.hasPrefix("PRETTY_NAME=") {
      return line.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: CharacterSet(charactersIn: "\""))
    }
    return ProcessInfo.processInfo.operatingSystemVersionString
  }

  /// The commit of the working directory, if it is a git checkout and git can be run.
  private static func git() -> Git? {
    guard let commit = output(["git", "rev-parse", "HEAD"]), !commit.isEmpty,
      let changes = output(["git", "status", "--porcelain", "--untracked-files=no"])
    else { return nil }
    return Git(commit: commit, dirty: !changes.isEmpty)
  }

  private static func output(_ command: [String]) -> String? {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
