/// What a run ran on. Nothing in it affects a verdict except through the versions it names.
public struct RunEnvironment: Codable, Sendable, Hashable {
  /// Refute's own version.
  public var refute: String?
  /// The SHA-256 digest of the program's file.
  public var build: String?
  public var swift: String?
  public var gsl: String?
  public var openblas: String?
  /// The kernel that OpenBLAS chose for this processor, such as `Haswell`.
  public var kernel: String?
  /// Threads that OpenBLAS uses.
  public var threads: Int?
  /// Workers of the run.
  public var jobs: Int?
  public var git: Git?
  public var os: String?
  public var architecture: String?
  public var host: String?
  /// The command line as typed.
  public var command: [String]?
  /// The data folder, as typed.
  public var dataFolder: String?
  /// Whether hypotheses could name files outside that folder.
  public var allowsOutside: Bool?

  /// The lock that the claims were held against.
  public var lock: LockFile?

  /// A lock file, and the commit that vouches for its time.
  public struct LockFile: Codable, Sendable, Hashable {
    public var file: String
    public var sha256: String
    /// The last commit that changed it; absent where it is not committed, or was changed since.
    public var commit: String?

    public init(file: String, sha256: String, commit: String? = nil) {
      self.file = file
      self.sha256 = sha256
      self.commit = commit
    }
  }

  enum CodingKeys: String, CodingKey {
    case refute, build, swift, gsl, openblas, kernel, threads, jobs, git, os, architecture, host, command,
      lock
    case dataFolder = "data_folder"
    case allowsOutside = "allows_outside"
  }

  /// The state of the working tree that the run started in.
  public struct Git: Codable, Sendable, Hashable {
    public var commit: String
    /// Whether tracked files differed from the commit.
    public var dirty: Bool

    public init(commit: String, dirty: Bool) {
      self.commit = commit
      self.dirty = dirty
    }
  }

  public init(
    refute: String? = nil, build: String? = nil, swift: String? = nil, gsl: String? = nil,
    openblas: String? = nil,
    kernel: String? = nil, threads: Int? = nil, jobs: Int? = nil, git: Git? = nil, os: String? = nil,
    architecture: String? = nil, host: String? = nil, command: [String]? = nil,
    dataFolder: String? = nil, allowsOutside: Bool? = nil
  ) {
    self.refute = refute
    self.build = build
    self.swift = swift
    self.gsl = gsl
    self.openblas = openblas
    self.kernel = kernel
    self.threads = threads
    self.jobs = jobs
    self.git = git
    self.os = os
    self.architecture = architecture
    self.host = host
    self.command = command
    self.dataFolder = dataFolder
    self.allowsOutside = allowsOutside
  }
}
