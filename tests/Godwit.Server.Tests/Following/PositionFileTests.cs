using Godwit.Server.Following;
using Godwit.Server.Reaching;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Following;

public sealed class PositionFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-position-").FullName;
    private readonly FakeTimeProvider _time = new();

    private string Path => System.IO.Path.Combine(_folder, "position");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_position_is_written_half_a_second_after_the_one_before_though_nothing_more_comes()
    {
        using var file = new PositionFile(Path, _time);
        file.Write(Position(1), isLast: false);
        Assert.Equal(Position(1), file.Read());
        file.Write(Position(2), isLast: false);
        file.Write(Position(3), isLast: false);
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Equal(Position(1), file.Read());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Position(3), file.Read());
        file.Write(Position(4), isLast: false);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(Position(4), file.Read());
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void The_last_position_is_written_at_once_and_nothing_after_it()
    {
        using var file = new PositionFile(Path, _time);
        file.Write(Position(1), isLast: false);
        file.Write(Position(2), isLast: false);
        file.Write(Position(1), isLast: true);
        Assert.Equal(Position(1), file.Read());
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(Position(1), file.Read());
    }

    [Fact]
    public void What_could_not_be_written_later_is_told_with_the_next_position()
    {
        using var file = new PositionFile(Path, _time);
        file.Write(Position(1), isLast: false);
        file.Write(Position(2), isLast: false);
        File.Delete(Path);
        Directory.CreateDirectory(Path);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Directory.Delete(Path);
        Assert.StartsWith("--position-file: ", Assert.Throws<ServerFault>(() => file.Write(Position(3), isLast: false)).Message, StringComparison.Ordinal);
    }

    private static string Position(int offset) => $"3kQ9xLm0aZ_-{offset}-03fK9a";
}
