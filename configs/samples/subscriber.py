from groundswell import Subscriber

with Subscriber("127.0.0.1:9092") as stories:
    for story in stories:
        if story.merged_into:
            print(story.story_id, "is part of", stories.resolve(story.story_id), "now")
        else:
            print(f"{story.title} ({story.article_count} articles, {story.source_count} sources)")
            if story.coverage.statement:
                print("  " + story.coverage.statement.text)
