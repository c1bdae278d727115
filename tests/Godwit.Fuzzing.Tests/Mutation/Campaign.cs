using System.Diagnostics;
using System.Globalization;

namespace Godwit.Fuzzing.Tests.Mutation;

/// <summary>Gives a parser changed inputs for as long as it is its turn.</summary>
/// <remarks>
/// The short form has one seed, so that a change is judged by itself; with <c>GODWIT_SOAK=1</c> each run has another, which
/// <c>GODWIT_FUZZ_SEED</c> repeats. <c>GODWIT_FUZZ_SECONDS</c> says how long each parser has (3; 60 with
/// <c>GODWIT_SOAK=1</c>), <c>GODWIT_FUZZ_INPUTS</c> gives each a number of inputs instead. An input that fails is told in
/// base64, so that it can become a test of its own.
/// </remarks>
internal static class Campaign
{
    private const int MaxCorpus = 2048;
    private const int PatienceSeconds = 30;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("GODWIT_SOAK") == "1";
    private static readonly ulong Seed = Number("GODWIT_FUZZ_SEED") is { } seed ? (ulong)seed : IsLong ? (ulong)Stopwatch.GetTimestamp() : 20261124;
    private static readonly long? Inputs = Number("GODWIT_FUZZ_INPUTS");
    private static readonly long Seconds = Number("GODWIT_FUZZ_SECONDS") ?? (IsLong ? 60 : 3);

    /// <summary>Checks what a parser does with one input, and throws where that is wrong.</summary>
    /// <param name="input">The input.</param>
    /// <param name="random">Numbers that belong to this input: for the places at which it is cut, for example.</param>
    /// <returns>What the parser did.</returns>
    public delegate Signature Target(byte[] input, Xoshiro random);

    /// <summary>Runs a parser.</summary>
    /// <param name="name">The parser.</param>
    /// <param name="seeds">Inputs that it takes, or nearly so.</param>
    /// <param name="dictionary">What may be put into them.</param>
    /// <param name="target">What is tried and checked.</param>
    public static void Run(string name, IReadOnlyList<byte[]> seeds, IReadOnlyList<byte[]> dictionary, Target target)
    {
        var progress = new Progress();
        Thread worker = new(() => Work(name, seeds, dictionary, target, progress)) { IsBackground = true, Name = name };
        worker.Start();

        // Whoever makes no progress hangs; a busy machine is given time.
        long seen = -1;
        while (!worker.Join(TimeSpan.FromSeconds(PatienceSeconds)))
        {
            long now = Interlocked.Read(ref progress.Count);
            if (now == seen)
            {
                Assert.Fail($"{Told(name, now)} hangs: {Convert.ToBase64String(progress.Input)}");
            }

            seen = now;
        }

        if (progress.Failure is { } failure)
        {
            throw new InvalidOperationException($"{Told(name, progress.Count)}: {failure.Message}\n{Convert.ToBase64String(progress.Input)}", failure);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{Told(name, progress.Count)}: {progress.Count} inputs, {progress.Behaviours} behaviours.");
    }

    private static void Work(string name, IReadOnlyList<byte[]> seeds, IReadOnlyList<byte[]> dictionary, Target target, Progress progress)
    {
        var random = new Xoshiro(Seed ^ new Signature().With(name).Value);
        var mutator = new Mutator(random, dictionary);
        var corpus = new List<byte[]>(seeds);
        var seen = new HashSet<ulong>();
        long end = Stopwatch.GetTimestamp() + (Seconds * Stopwatch.Frequency);
        try
        {
            // The seeds once as they are: what allocates for the first time does it there.
            foreach (byte[] seed in seeds)
            {
                progress.Input = seed;
                seen.Add(target(seed, new Xoshiro(0)).Value);
            }

            while (Inputs is { } inputs ? progress.Count < inputs : (progress.Count & 63) != 0 || Stopwatch.GetTimestamp() < end)
            {
                byte[] input = mutator.Next(corpus, seeds.Count);
                progress.Input = input;
                ulong behaviour = target(input, new Xoshiro(random.Bits())).Value;
                if (seen.Count < 1 << 20 && seen.Add(behaviour))
                {
                    Keep(corpus, seeds.Count, input, random);
                }

                Interlocked.Increment(ref progress.Count);
            }
        }
        catch (Exception failure)
        {
            progress.Failure = failure;
        }

        progress.Behaviours = seen.Count;
    }

    private static void Keep(List<byte[]> corpus, int seeds, byte[] input, Xoshiro random)
    {
        if (corpus.Count < MaxCorpus)
        {
            corpus.Add(input);
        }
        else
        {
            corpus[seeds + random.Below(corpus.Count - seeds)] = input;
        }
    }

    private static string Told(string name, long count) => $"{name}, GODWIT_FUZZ_SEED={Seed}, input {count}";

    private static long? Number(string variable) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private sealed class Progress
    {
        public long Count;
        public volatile byte[] Input = [];
        public Exception? Failure;
        public int Behaviours;
    }
}
