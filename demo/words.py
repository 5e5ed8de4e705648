"""What the demo's people are called and what they say. Numbers are places in PEOPLE, times seconds of the film."""

PEOPLE = (("lin", False), ("mei", False), ("admin", True))

PASSWORD_WORDS = (
    "amber", "anchor", "basket", "bamboo", "candle", "cinder", "copper", "crane", "drift", "ember", "fable", "ferry",
    "garnet", "harbor", "hazel", "indigo", "jasper", "kettle", "lantern", "lotus", "maple", "meadow", "nectar", "orchid",
    "pebble", "quartz", "river", "saffron", "tundra", "velvet", "willow", "zephyr",
)  # fmt: skip

COMMENTS = {
    "光之序曲 · Overture of Light": (
        (0, "第十秒的橙色，像小时候放学的傍晚。"),
        (1, "Watched it twice in a row. The blue at the end!"),
        (0, "下次一起看，我来当房主。"),
    ),
    "无尽海岸 · The Endless Shore": (
        (1, "越看越觉得自己在下落。\n但是很安静。"),
        (0, "The deeper it goes, the calmer I get."),
    ),
    "生命游戏 · A Game of Life": ((0, "左上角那一群活到了最后！"),),
}

ROOM_CHAT = {
    "光之序曲 · Overture of Light": (
        (0, 0.0, "都到了吗？"),
        (1, 0.0, "到了到了，开始吧！"),
        (0, 4.2, "看右上角的计时，我们应该是同一秒"),
        (1, 6.8, "我这里是 00:06，对上了"),
        (1, 12.5, "This colour is unreal."),
    ),
    "生命游戏 · A Game of Life": ((1, 3.0, "我赌右边的先消失"), (0, 21.0, "你输了 :)")),
}

LETTERS = (
    (0, "周五晚上有空吗？一起看《无尽海岸》。"),
    (1, "有空！八点？"),
    (0, "八点，房间见。"),
)

GROUP_NAME = "周五放映会"
GROUP_DESCRIPTION = "每周五晚上八点，一人选一部。"
GROUP_CHAT = ((0, "这周我选：光之序曲。"), (1, "好，下周我来选。"))
