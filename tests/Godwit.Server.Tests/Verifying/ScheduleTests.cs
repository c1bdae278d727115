using System.Text;
using System.Text.Json;
using Godwit.Server.Verifying;
using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Tests.Verifying;

public sealed class ScheduleTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    [Fact]
    public void The_same_seed_draws_the_same_schedule()
    {
        Assert.Equal(Draw(7), Draw(7));
        Assert.NotEqual(Draw(7), Draw(8));
    }

    [Fact]
    public void Every_kind_comes_before_any_comes_again()
    {
        IReadOnlyList<FaultStep> steps = Draw(3);
        Assert.Equal(FaultKinds.All.Order(), steps.Take(FaultKinds.All.Count).Select(static step => step.Kind).Order());
    }

    [Fact]
    public void Faults_come_one_after_the_other_and_the_end_is_without()
    {
        IReadOnlyList<FaultStep> steps = Draw(5);
        Assert.All(steps.Zip(steps.Skip(1)), static pair => Assert.True(pair.Second.At > pair.First.At + pair.First.Lasts));
        Assert.True(steps[^1].At < TimeSpan.FromMinutes(9));
    }

    [Fact]
    public void A_schedule_is_read_as_it_was_written()
    {
        IReadOnlyList<FaultStep> steps = Draw(9);
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteStartArray("schedule");
            foreach (FaultStep step in steps)
            {
                step.Write(json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        Assert.Equal(steps, FaultSchedule.Read(Encoding.UTF8.GetString(text.ToArray())));
    }

    [Theory]
    [InlineData("""{"faults":[]}""", "it has no 'schedule'")]
    [InlineData("""[{"fault":"flood"}]""", "'flood' is not a fault")]
    [InlineData("""[{"fault":"cut"}]""", "a step is ")]
    [InlineData("[", "it is not JSON")]
    public void What_is_no_schedule_is_said(string text, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<FormatException>(() => FaultSchedule.Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_failing_schedule_is_shortened_to_what_it_fails_by()
    {
        IReadOnlyList<FaultStep> steps = Draw(11);
        FaultStep[] unlike = [.. steps.Where(step => steps.Count(other => Is(step, other)) == 1)];
        FaultStep[] guilty = [unlike[3], unlike[12]];
        var minimiser = new Minimiser(tried => Task.FromResult(guilty.All(step => tried.Any(other => Is(step, other)))), 100);
        IReadOnlyList<FaultStep> shortest = await minimiser.ShortenAsync(steps);
        Assert.Equal(2, shortest.Count);
        Assert.All(shortest.Zip(guilty), static pair => Assert.True(Is(pair.First, pair.Second)));
        Assert.True(shortest[1].At < guilty[1].At);
    }

    [Fact]
    public async Task A_server_that_fails_without_faults_is_said_to() =>
        Assert.Empty(await new Minimiser(static _ => Task.FromResult(true), 5).ShortenAsync(Draw(1)));

    [Fact]
    public async Task No_more_schedules_are_tried_than_may_be()
    {
        var minimiser = new Minimiser(static tried => Task.FromResult(tried.Count > 20), 6);
        await minimiser.ShortenAsync(Draw(1));
        Assert.Equal(6, minimiser.Runs);
    }

    private static bool Is(FaultStep step, FaultStep other) => step with { At = TimeSpan.Zero } == other with { At = TimeSpan.Zero };

    private static IReadOnlyList<FaultStep> Draw(int seed) => FaultSchedule.Draw(seed, FaultKinds.All, 3, TimeSpan.FromMinutes(10), Pause);
}
